import { existsSync, readFileSync } from "node:fs";
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

  it("leads to files that have what it says is in them", () => {
    const table = text.slice(text.indexOf("## Find your way"), text.indexOf("## The path of a message"));
    const named = [...table.matchAll(/`([\w./-]+\.ts)` \(([^)]+)\)/g)].flatMap(([, path, names]) =>
      [...String(names).matchAll(/`(\w+)`/g)].map(([, name]) => ({ path: String(path), name: String(name) })),
    );
    expect(named.length).toBeGreaterThan(10);
    const isMissing = ({ path, name }: { path: string; name: string }) =>
      !readFileSync(join(ROOT, path), "utf8").includes(name);
    expect(named.filter(isMissing)).toEqual([]);
  });

  it("lists every part that the rules know", () => {
    const listed = [...text.matchAll(/^([a-z][\w/-]+) {2,}\S/gm)].map(([, part]) => part);
    expect(listed).toEqual(expect.arrayContaining(Object.keys(ALLOWED)));
    expect(listed.filter((part) => !existsSync(join(ROOT, String(part))))).toEqual([]);
  });
});
