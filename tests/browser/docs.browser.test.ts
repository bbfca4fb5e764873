import { join } from "node:path";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { PATIENCE_MS } from "./demo-page.ts";
import { addAxe, doesNotOverflow, isAccessible, LOOKS } from "./page-checks.ts";
import { SCREENSHOTS, startBrowser } from "./start-browser.ts";

let browser: Browser;
let embedded: EmbeddedProcess;
beforeAll(async () => {
  [browser, embedded] = await Promise.all([startBrowser(), startEmbedded()]);
});
afterAll(async () => {
  await browser.close();
  await embedded.stop();
});

describe.each([
  ["HTTP calls", "/docs", ".opblock"],
  ["events", "/docs/events", "article"],
])("the page of the %s", (_name, path, entry) => {
  it.each(LOOKS)(
    "has no axe-core violation and does not overflow, %s at %i × %i",
    async (colorScheme, width, height) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height } });
      await addAxe(context);
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(message.text());
      });
      await page.goto(embedded.api + path);
      await page.locator(entry).last().waitFor();
      await page.screenshot({
        path: join(SCREENSHOTS, `${path.slice(1).replace("/", "-")}-${colorScheme}-${width}.png`),
        fullPage: true,
      });
      await isAccessible(page);
      await doesNotOverflow(page);
      expect(errors).toEqual([]);
      await context.close();
    },
  );
});
