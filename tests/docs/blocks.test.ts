import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseProps } from "@dumbwaiter/infra";
import { describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { markdownDocuments, ROOT } from "./markdown-document.ts";

/** Blocks of commands that a test runs as they are printed: the document, the first line, the test, and how it does. */
const RUN: readonly (readonly [path: string, first: string, test: string, by: string])[] = [
  ["README.md", "npm start ", "tests/examples/cold-clone.examples.test.ts", "npm start in a cold clone"],
  ["README.md", "URL=http", "tests/examples/readme.examples.test.ts", "shellBlocks()[0]"],
  ["README.md", "curl -sw", "tests/examples/readme.examples.test.ts", "shellBlocks()[1]"],
  ["docs/devices.md", "URL=http", "tests/examples/readme.examples.test.ts", "accessKeyBlocks()[0]"],
  ["docs/devices.md", "curl -sw", "tests/examples/readme.examples.test.ts", "accessKeyBlocks()[1]"],
];

/** What a mark before a block may say that its commands need, which tests do not have. */
const NEEDS = [
  "Docker",
  "Go and a registry",
  "Google Cloud",
  "a machine of its own",
  "a release",
  "a running Dumbwaiter",
  "cluster",
  "npm registry",
  "registry",
  "your shell",
];

interface Block {
  readonly path: string;
  readonly language: string;
  readonly text: string;
  /** What its mark says. */
  readonly needs: string | undefined;
}

function blocksIn(path: string, text: string): Block[] {
  const found = text.matchAll(/(?:<!-- needs: (.+) -->\n)?^( *)```(\w+)\n([\s\S]*?)^\2```$/gm);
  return [...found].map(([, needs, indent = "", language = "", code = ""]) => ({
    ...{ path, language, needs, text: code.replaceAll(new RegExp(`^${indent}`, "gm"), "") },
  }));
}

const BLOCKS = markdownDocuments()
  .filter(({ path }) => /^(docs\/)?[^/]+\.md$/.test(path))
  .flatMap(({ path, text }) => blocksIn(path, text));
const SHELL = BLOCKS.filter(({ language }) => language === "sh");
const nameOf = ({ path, text }: Block) => `${path}: ${text.split("\n")[0]}`;

describe("commands of the documents", () => {
  it("are run by a test, or say what they need", () => {
    expect(SHELL.length).toBeGreaterThan(50);
    const neither = SHELL.filter((block) => block.needs === undefined && !isRun(block));
    expect(neither.map(nameOf)).toEqual([]);
    expect([...new Set(SHELL.flatMap(({ needs }) => needs ?? []))].sort()).toEqual(NEEDS);
  });

  it.each(RUN)("%s, %s is run by %s", (path, first, test, by) => {
    expect(SHELL.filter((block) => block.path === path && block.text.startsWith(first))).toHaveLength(1);
    expect(readFileSync(join(ROOT, test), "utf8")).toContain(by);
  });
});

function isRun({ path, text }: Block): boolean {
  return RUN.some(([of, first]) => of === path && text.startsWith(first));
}

type Fields = Readonly<Record<string, unknown>>;
const YAML = BLOCKS.filter(({ language }) => language === "yaml");
const parsed = (block: Block): Fields[] =>
  parseAllDocuments(block.text.replaceAll("sha256:…", `sha256:${"0".repeat(64)}`)).map((document) => {
    if (document.errors.length > 0) throw new Error(`${nameOf(block)}: ${document.errors}`);
    return document.toJS();
  });

const ROUTING_SERVICES = YAML.flatMap(parsed).filter(({ kind }) => kind === "RoutingService");
const WHOLE = ROUTING_SERVICES[0]?.spec as Fields;

/** The spec that a block shows, or a part of it. */
function specIn(document: Fields): Fields | undefined {
  if (document.kind !== undefined)
    return document.kind === "RoutingService" ? (document.spec as Fields) : undefined;
  const part = (document.spec ?? document) as Fields;
  return "data" in part || "rules" in part ? undefined : part;
}

/** A part, and the rest of the whole spec. */
function completed(part: Fields): Fields {
  const merged = Object.entries(part).map(([field, value]) => [
    field,
    { ...(WHOLE[field] as Fields | undefined), ...(value as Fields) },
  ]);
  return { ...WHOLE, ...Object.fromEntries(merged) };
}

describe("YAML of the documents", () => {
  it.each(YAML.map((block) => [nameOf(block), block] as const))("%s is valid", (_, block) => {
    for (const document of parsed(block)) {
      const spec = specIn(document);
      if (spec !== undefined) parseProps("messages", "messages", completed(spec));
      else expect(document).toEqual(expect.any(Object));
    }
  });

  it("has what GitOps tools need", () => {
    const kinds = YAML.filter(({ path }) => path === "docs/gitops.md")
      .flatMap(parsed)
      .map(({ kind }) => kind);
    expect(kinds).toEqual(["Application", "Application", "OCIRepository", "HelmRelease", "Kustomization"]);
    expect(ROUTING_SERVICES).not.toHaveLength(0);
  });
});

it("each decision has a number of its own, which its heading has", () => {
  const decisions = globSync("docs/adr/*.md", { cwd: ROOT }).map((path) => {
    const heading = /^# (\d+)\./.exec(readFileSync(join(ROOT, path), "utf8"))?.[1];
    return { path, number: Number(basename(path).slice(0, 4)), heading: Number(heading) };
  });
  expect(decisions.filter(({ number, heading }) => number !== heading)).toEqual([]);
  expect(new Set(decisions.map(({ number }) => number)).size).toBe(decisions.length);
});
