import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";

/** The blocks of code of a language, as printed but for the URL of the process. */
export function blocksOf(path: string, language: string, url: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]+?)^```$/gm)];
  return blocks
    .filter(([, of]) => of === language)
    .map(([, , block = ""]) => block.replaceAll("http://127.0.0.1:8080", url));
}
