import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface Heading {
  readonly level: number;
  readonly text: string;
  /** Where a link to it points, as GitHub makes it. */
  readonly anchor: string;
  /** The line below it that says something. */
  readonly firstLine: string;
}

export interface MarkdownDocument {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
  readonly headings: readonly Heading[];
  /** Where its links point, other sites left out. */
  readonly links: readonly string[];
}

/** Every document of the repository. */
export function markdownDocuments(): MarkdownDocument[] {
  const paths = globSync("**/*.md", { cwd: ROOT, exclude: ["**/node_modules", "data", "coverage"] });
  return paths.sort().map(readDocument);
}

export function readDocument(path: string): MarkdownDocument {
  const text = readFileSync(join(ROOT, path), "utf8");
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  const lines = prose.split("\n");
  const headings = lines.flatMap((line, index) => {
    const [, marks, words] = /^(#{1,6}) (.+)$/.exec(line) ?? [];
    if (marks === undefined || words === undefined) return [];
    const firstLine = lines.slice(index + 1).find((below) => below !== "") ?? "";
    return [{ level: marks.length, text: words, anchor: anchorOf(words), firstLine }];
  });
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);
  return { path, text, headings, links: links.filter((link) => !/^[a-z]+:/.test(link)) };
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
