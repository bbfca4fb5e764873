import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { arrowsOf } from "./dependency-picture.ts";
import { ROOT, readDocument } from "./markdown-document.ts";

const { text } = readDocument("docs/architecture.md");
const { SOURCE, OUTSIDE } = createRequire(import.meta.url)("../../.dependency-picture.cjs");
const ALLOWED: Readonly<Record<string, readonly string[]>> = { ...SOURCE, ...OUTSIDE };

describe("docs/architecture.md", () => {
  it("draws an arrow for each import that the rules allow, and for no other", () => {
    const [, picture = ""] = /^```mermaid\n([\s\S]+?)^```$/m.exec(text) ?? [];
    expect(Object.fromEntries(arrowsOf(picture))).toEqual(
      Object.fromEntries(Object.entries(ALLOWED).map(([part, others]) => [part, new Set(others)])),
    );
  });

  it("lists every part that the rules know", () => {
    const listed = [...text.matchAll(/^([a-z][\w/-]+) {2,}\S/gm)].map(([, part]) => part);
    expect(listed).toEqual(expect.arrayContaining(Object.keys(ALLOWED)));
    expect(listed.filter((part) => !existsSync(join(ROOT, String(part))))).toEqual([]);
  });
});
