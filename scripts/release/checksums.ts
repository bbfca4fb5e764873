import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "./oci-layout.ts";

export const CHECKSUMS = "SHA256SUMS";

/** Writes the checksums of all files of a folder that has no folders, as `sha256sum --check` reads them. */
export async function writeChecksums(folder: string): Promise<void> {
  const names = (await readdir(folder)).sort();
  const lines = await Promise.all(
    names.map(async (name) => {
      const digest = digestOf(await readFile(join(folder, name)));
      return `${digest.replace("sha256:", "")}  ${name}\n`;
    }),
  );
  await writeFile(join(folder, CHECKSUMS), lines.join(""));
}
