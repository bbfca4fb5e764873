import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "./oci-layout.ts";

export const CHECKSUMS = "SHA256SUMS";

/** Writes the checksums of all files of a folder, as `sha256sum --check` reads them. Blobs have theirs as names. */
export async function writeChecksums(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith("images/blobs/") && !path.startsWith(CHECKSUMS));
  const lines = await Promise.all(
    paths.sort().map(async (path) => {
      const digest = digestOf(await readFile(join(folder, path)));
      return `${digest.replace("sha256:", "")}  ${path}\n`;
    }),
  );
  await writeFile(join(folder, CHECKSUMS), lines.join(""));
}
