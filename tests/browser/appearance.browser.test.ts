import { join } from "node:path";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { DemoPage } from "./demo-page.ts";
import { addAxe, doesNotOverflow, isAccessible, LOOKS } from "./page-checks.ts";
import { SCREENSHOTS, startBrowser } from "./start-browser.ts";

const LONG_WORD = "Donaudampfschifffahrtsgesellschaft".repeat(30);

describe("the demo page", () => {
  let browser: Browser;
  let embedded: EmbeddedProcess;

  beforeAll(async () => {
    [browser, embedded] = await Promise.all([startBrowser(), startEmbedded()]);
  });
  afterAll(async () => {
    await browser.close();
    await embedded.stop();
  });

  it.each(LOOKS)(
    "has no axe-core violation and does not overflow, %s at %i × %i",
    async (colorScheme, width, height) => {
      const context = await browser.newContext({ colorScheme, viewport: { width, height } });
      await addAxe(context);
      const demo = await DemoPage.open(context, embedded.api);
      await demo.send("Alice’s phone", "Dinner at eight?");
      await demo.send("Bob’s laptop", "Yes. I’ll bring the wine.");
      await demo.send("Alice’s phone", "Hurry, the soufflé!", "Urgent");
      await demo.shows(demo.message("Alice’s laptop", "the wine"), "Bob’s");
      await demo.switch("Bob’s phone");
      await new WireUser("carol", embedded).send(new WireUser("alice", embedded));
      await demo.shows(demo.device("Alice’s phone").locator(".notice"), "sealed for other keys");
      await demo.sendsAnonymously("Alice’s laptop", true);
      await demo.send("Alice’s laptop", "Now or never", "Ephemeral");
      await demo.shows(demo.message("Bob’s laptop", "Now or never"), "ephemeral");
      await demo.page.screenshot({
        path: join(SCREENSHOTS, `demo-${colorScheme}-${width}.png`),
        fullPage: width < 1000,
      });
      await isAccessible(demo.page);

      await demo.send("Alice’s phone", LONG_WORD);
      await demo.shows(demo.message("Bob’s laptop", LONG_WORD), "Alice’s");
      await doesNotOverflow(demo.page);
      // Leaves nothing behind for the next.
      await demo.switch("Bob’s phone");
      await demo.queueIs("bob/phone", "0");
      for (const device of ["Alice’s phone", "Alice’s laptop"] as const) {
        await demo.device(device).getByRole("button", { name: "Discard" }).click();
      }
      await demo.queueIs("alice/phone", "0");
      await demo.queueIs("alice/laptop", "0");
      demo.isClean();
      await context.close();
    },
  );

  it("moves nothing for people who do not want motion", async () => {
    const context = await browser.newContext({ reducedMotion: "reduce" });
    await context.addInitScript(`
      globalThis.animated = 0;
      const { animate } = Element.prototype;
      Element.prototype.animate = function (...args) {
        globalThis.animated += 1;
        return animate.apply(this, args);
      };`);
    const demo = await DemoPage.open(context, embedded.api);
    await demo.send("Alice’s phone", "still");
    await demo.shows(demo.message("Bob’s phone", "still"), "Alice’s");
    await demo.queueIs("bob/phone", "0");
    expect(await demo.page.evaluate("animated")).toBe(0);
    expect(
      await demo.page.evaluate("getComputedStyle(document.querySelector('.switch span')).transitionDuration"),
    ).toBe("0s");
    await context.close();

    const moving = await browser.newContext({ reducedMotion: "no-preference" });
    await moving.addInitScript("globalThis.animated = 0");
    const other = await DemoPage.open(moving, embedded.api);
    await other.send("Alice’s phone", "moves");
    await other.page.locator(".parcel").first().waitFor({ state: "attached" });
    await moving.close();
  });
});
