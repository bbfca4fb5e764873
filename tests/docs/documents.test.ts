import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { metricNames } from "@dumbwaiter/infra/testing/metric-names";
import { describe, expect, it } from "@jest/globals";
import { markdownDocuments, ROOT, readDocument } from "./markdown-document.ts";

const DOCUMENTS = markdownDocuments();
const COMMANDS = new Set([
  "docker",
  "dumbwaiter",
  "gcloud",
  "git",
  "helm",
  "kill",
  "kubectl",
  "npm",
  "skaffold",
]);

describe("the documents", () => {
  it("link to files and headings that exist", () => {
    const broken = DOCUMENTS.flatMap(({ path, links }) =>
      links.filter((link) => !resolves(path, link)).map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
    expect(resolves("README.md", "docs/nowhere.md")).toBe(false);
    expect(resolves("README.md", "docs/glossary.md#nowhere")).toBe(false);
  });

  it("name files and folders that exist", () => {
    const named = DOCUMENTS.flatMap(({ path, text }) => pathsIn(text).map((name) => `${path}: ${name}`));
    expect(named).toContain("docs/architecture.md: packages/core");
    expect(named.filter((each) => !existsSync(join(ROOT, String(each.split(": ")[1]))))).toEqual([]);
  });

  it("quote log lines that are written", () => {
    const sources = globSync("{packages,services}/*/src/**/*.ts", { cwd: ROOT })
      .filter((path) => !path.endsWith(".test.ts"))
      .map((path) => readFileSync(join(ROOT, path), "utf8"));
    const quoted = logLinesIn(readDocument("docs/operations.md").text);
    expect(quoted.length).toBeGreaterThan(3);
    // Written as it is, or in a template that begins with what failed.
    const isWritten = (line: string) =>
      sources.some(
        (source) => source.includes(`"${line}`) || source.includes(`}${line.replace(/^\w+/, "")}\``),
      );
    expect(quoted.filter((line) => !isWritten(line))).toEqual([]);
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
    // The changelog also names those that are gone.
    const current = DOCUMENTS.filter(({ path }) => path !== "CHANGELOG.md");
    // `service:dumbwaiter_…` are recorded by rules.
    const named = current.flatMap(({ text }) => text.match(/(?<!:)\bdumbwaiter_[a-z0-9_]*[a-z0-9]/g) ?? []);
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

/** The paths in code, in a sentence and in a block. What an example makes of its own has the name `mine`. */
function pathsIn(text: string): string[] {
  const code = text.match(/^```[\s\S]*?^```$|`[^`]+`/gm) ?? [];
  const paths = code.flatMap(
    (each) =>
      each.match(/(?<![\w@/.:-])(?:packages|services|infra|tests|scripts|bench|docs|charts)\/[\w./-]*/g) ??
      [],
  );
  return paths.map((path) => path.replace(/[./]+$/, "")).filter((path) => !/\bmine\b/.test(path));
}

/** Code of a few lower-case words that is no command. */
function logLinesIn(text: string): string[] {
  const words = [...text.matchAll(/`([a-z][a-z;' -]+)`/g)].map(([, code]) => String(code));
  return words.filter((code) => code.includes(" ") && !COMMANDS.has(String(code.split(" ")[0])));
}

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
