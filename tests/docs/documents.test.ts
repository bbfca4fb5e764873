import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { metricNames } from "../../infra/cdk8s/testing/metric-names.ts";
import { markdownDocuments, ROOT, readDocument } from "./markdown-document.ts";

const DOCUMENTS = markdownDocuments();

describe("the documents", () => {
  it("link to files and headings that exist", () => {
    const broken = DOCUMENTS.flatMap(({ path, links }) =>
      links.filter((link) => !resolves(path, link)).map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
    expect(resolves("README.md", "docs/nowhere.md")).toBe(false);
    expect(resolves("README.md", "docs/glossary.md#nowhere")).toBe(false);
  });

  it("can all be reached from the README", () => {
    const reached = new Set(["README.md"]);
    for (const path of reached) {
      for (const link of readDocument(path).links) {
        const target = targetOf(path, link).file;
        if (target.endsWith(".md") && existsSync(join(ROOT, target))) reached.add(target);
      }
    }
    const decisions = (path: string) => path.startsWith("docs/adr/");
    const missed = DOCUMENTS.map(({ path }) => path).filter((path) => !reached.has(path) && !decisions(path));
    expect(missed).toEqual([]);
  });

  it("name metrics that are kept", async () => {
    const kept = await metricNames();
    const named = DOCUMENTS.flatMap(({ text }) => text.match(/\bdumbwaiter_[a-z0-9_]*[a-z0-9]/g) ?? []);
    expect(named).toContain("dumbwaiter_dependency_up");
    expect(named.filter((name) => !kept.has(name))).toEqual([]);
  });

  it("name scripts of npm that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const named = DOCUMENTS.flatMap(({ text }) =>
      [...text.matchAll(/\bnpm (?:run ([a-z][a-z:-]*)|(test|start)\b)/g)].map(([, run, own]) => run ?? own),
    );
    expect(named).toContain("synth");
    expect(named.filter((name) => !(String(name) in scripts))).toEqual([]);
  });
});

function targetOf(
  from: string,
  link: string,
): { readonly file: string; readonly anchor: string | undefined } {
  const [path, anchor] = link.split("#") as [string, string | undefined];
  return { file: path === "" ? from : join(dirname(from), path), anchor };
}

function resolves(from: string, link: string): boolean {
  const { file, anchor } = targetOf(from, link);
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || readDocument(file).headings.some((heading) => heading.anchor === anchor);
}
