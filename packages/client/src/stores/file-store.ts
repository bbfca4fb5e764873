import { appendFile, mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { Mark, Store } from "./store.ts";

/** The file is rewritten once this many of its lines are obsolete. */
const SPARE_LINES = 1_000;

type Changes = Readonly<Record<string, Mark | "forgotten">>;

/**
 * Keeps the marks in a file, which may not exist yet: one line of JSON for each write. Survives the end of the process at
 * any time; when the machine loses its power, the last marks may be missing, and their messages come again.
 *
 * @throws what Node's file system throws, from `read` and `write`
 */
export function fileStore(path: string): Store {
  const marks = new Map<string, Mark>();
  let lines = 0;

  function apply(changes: Changes): void {
    for (const [id, mark] of Object.entries(changes)) {
      if (mark === "forgotten") marks.delete(id);
      else marks.set(id, mark);
    }
  }

  /** The file is either the old one or the new one. */
  async function rewrite(): Promise<void> {
    const file = await open(`${path}.new`, "w");
    try {
      await file.writeFile(JSON.stringify(Object.fromEntries(marks)));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    lines = 1;
  }

  return {
    async read() {
      await mkdir(dirname(path), { recursive: true });
      const text = await readFile(path, "utf8").catch((error) => {
        if (error.code === "ENOENT") return "";
        throw error;
      });
      for (const line of text.split("\n")) apply(parse(line));
      await rewrite();
      return [...marks];
    },
    async write(changes) {
      const line = Object.fromEntries(changes);
      // A line that an earlier end of the process or a full disk has cut off stays alone.
      await appendFile(path, `\n${JSON.stringify(line)}`);
      apply(line);
      if (++lines > SPARE_LINES + marks.size) await rewrite();
    },
  };
}

/** @returns nothing for a line that was cut off */
function parse(line: string): Changes {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}
