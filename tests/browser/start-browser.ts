import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureProgram } from "@dumbwaiter/dev-env/tools/ensure-program";
import { CACHE } from "@dumbwaiter/dev-env/tools/project-folders";
import { type Browser, chromium } from "playwright-core";

/** Where tests put what a person should look at; git-ignored. */
export const SCREENSHOTS = join(CACHE, "screenshots");

export async function startBrowser(): Promise<Browser> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const isRoot = process.getuid?.() === 0; // for whom Chromium has no sandbox
  return chromium.launch({
    executablePath: await ensureProgram("chromium"),
    args: isRoot ? ["--no-sandbox"] : [],
  });
}
