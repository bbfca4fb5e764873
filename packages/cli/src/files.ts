import { readFile } from "node:fs/promises";
import { UsageError } from "./errors.ts";

/** @throws UsageError if it cannot be read */
export async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
