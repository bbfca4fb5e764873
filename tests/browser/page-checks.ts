import { createRequire } from "node:module";
import { expect } from "@jest/globals";
import type { BrowserContext, Page } from "playwright-core";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const VIOLATIONS = `axe
  .run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "best-practice"] } })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`;

const WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]";

/** How a page is looked at: by people with either scheme, on a phone, a tablet and a desk. */
export const LOOKS = [
  ["light", 1440, 900],
  ["dark", 1440, 900],
  ["light", 360, 780],
  ["dark", 360, 780],
  ["light", 820, 1180],
  ["dark", 1920, 1080],
] as const;

/** Lets the pages of the context be checked by axe-core. */
export async function addAxe(context: BrowserContext): Promise<void> {
  await context.addInitScript({ path: AXE });
}

/** Checks WCAG 2 A and AA and best practice. */
export async function isAccessible(page: Page): Promise<void> {
  expect(await page.evaluate(VIOLATIONS)).toEqual([]);
}

export async function doesNotOverflow(page: Page): Promise<void> {
  const [content, view] = (await page.evaluate(WIDTHS)) as [number, number];
  expect(content).toBe(view);
}
