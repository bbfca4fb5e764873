import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { configurationMarkdown } from "@dumbwaiter/service";

/** Writes docs/configuration.md when the table of variables has changed. */
const folder = fileURLToPath(new URL("../docs/", import.meta.url));
const path = `${folder}configuration.md`;
const markdown = configurationMarkdown();

mkdirSync(folder, { recursive: true });
if (read(path) !== markdown) writeFileSync(path, markdown);

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
