import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { arrowsOf } from "./dependency-picture.ts";
import { ROOT, readDocument } from "./markdown-document.ts";

interface Rule {
  readonly name: string;
  readonly from: { readonly path?: string };
  readonly to: { readonly path?: string };
}

const { text } = readDocument("docs/architecture.md");
const { forbidden } = createRequire(import.meta.url)("../../.dependency-cruiser.cjs") as {
  forbidden: Rule[];
};

/** What the rules let each part import: `^(?!one/|another/)…` forbids all but these. */
const ALLOWED = forbidden
  .filter(({ name }) => name.endsWith("imports what the picture allows"))
  .map(({ from, to }) => {
    const part = from.path?.slice("^".length, -"/".length) ?? "";
    const [, parts = ""] = /^\^\(\?!(.+?)\)/.exec(to.path ?? "") ?? [];
    const others = parts.split("|").map((each) => each.replace(/\/$/, ""));
    return [part, others.filter((other) => other !== part).sort()] as const;
  });

describe("docs/architecture.md", () => {
  it("draws an arrow for each import that the rules allow, and for no other", () => {
    const [, picture = ""] = /^```mermaid\n([\s\S]+?)^```$/m.exec(text) ?? [];
    const drawn = [...arrowsOf(picture)].map(([part, others]) => [part, [...others].sort()] as const);
    expect(Object.fromEntries(drawn)).toEqual(Object.fromEntries(ALLOWED));
  });

  it("lists every part that the rules know", () => {
    const listed = [...text.matchAll(/^([a-z][\w/-]+) {2,}\S/gm)].map(([, part]) => part);
    expect(listed).toEqual(expect.arrayContaining(ALLOWED.map(([part]) => part)));
    expect(listed.filter((part) => !existsSync(join(ROOT, String(part))))).toEqual([]);
  });
});
