import { eventually } from "@dumbwaiter/core/contracts";
import { startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext } from "playwright-core";
import { DemoPage, type DeviceName, PATIENCE_MS } from "./demo-page.ts";
import { startBrowser } from "./start-browser.ts";

const BOBS = [
  { name: "Bob’s phone", place: "bob/phone" },
  { name: "Bob’s laptop", place: "bob/laptop" },
] as const;

/** What Chromium itself reports of a server that is away. */
const NO_CONNECTION = /net::ERR_|WebSocket connection to .* failed|Failed to load resource/;

describe("the demo page, interrupted", () => {
  let browser: Browser;
  let embedded: EmbeddedProcess;
  let context: BrowserContext;
  let demo: DemoPage;

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await embedded?.stop();
    await context?.close();
  });

  async function open(env: Record<string, string> = {}): Promise<void> {
    embedded = await startEmbedded(env);
    context = await browser.newContext({ reducedMotion: "reduce" });
    demo = await DemoPage.open(context, embedded.api);
  }

  /** Beyond so many sends the process gets each, and the page no answer, until `context.unrouteAll`. */
  async function withholdAnswersAfter(answered: number): Promise<void> {
    let sends = 0;
    await context.route("**/api/send", async (route) => {
      if (++sends <= answered) await route.continue();
      else await route.fetch().catch(() => {}); // the process may be killed meanwhile
    });
  }
  const answerAgain = () => context.unrouteAll({ behavior: "ignoreErrors" });

  const received = async (name: DeviceName = "Bob’s phone") => {
    const tally = await demo.device(name).locator(".tally").textContent();
    return Number(tally?.split(" ")[0]?.replace(",", ""));
  };
  const unexpected = () => demo.errors.filter((error) => !NO_CONNECTION.test(error));

  it("delivers 1,000 messages once each although the process is killed with -9 among them", async () => {
    await open();
    await withholdAnswersAfter(500); // so that they cannot all have arrived, however late this looks
    await demo.sendThousand("Alice’s phone");
    await eventually(async () => expect(await received()).toBeGreaterThan(50), PATIENCE_MS);
    const { pid } = embedded;
    await demo.shows(demo.page.locator("#kill"), `kill -9 ${pid}`);
    await embedded.kill();
    expect(await received()).toBeLessThan(1000);
    await answerAgain();
    await demo.shows(demo.page.locator("#process"), "does not answer");
    await demo.shows(demo.device("Bob’s phone").locator(".device-state"), "Reconnecting…");
    await embedded.restart();
    await demo.shows(demo.page.locator("#process"), `Process ${embedded.pid}, started again`);
    await demo.hasThousand("alice/phone", BOBS);
    await demo.isReady();
    expect(unexpected()).toEqual([]);
    expect(demo.foreignRequests).toEqual([]);
  });

  it("delivers 1,000 messages once each although the page is reloaded among them", async () => {
    await open();
    await withholdAnswersAfter(500);
    await demo.sendThousand("Bob’s laptop");
    // All are saved before the page goes; what was not saved was not sent.
    await demo.shows(demo.device("Bob’s laptop").locator(".tally"), "1,000 sent");
    await eventually(async () => expect(await received("Alice’s phone")).toBeGreaterThan(50), PATIENCE_MS);
    expect(await received("Alice’s phone")).toBeLessThan(1000);
    await answerAgain();
    await demo.page.reload();
    await demo.hasThousand("bob/laptop", [
      { name: "Alice’s phone", place: "alice/phone" },
      { name: "Alice’s laptop", place: "alice/laptop" },
    ]);
    expect(demo.foreignRequests).toEqual([]);
  });

  it("delivers 1,000 messages once each although the network of the page is off twice", async () => {
    await open();
    await demo.sendThousand("Alice’s phone");
    for (const atLeast of [50, 300]) {
      await eventually(async () => expect(await received()).toBeGreaterThan(atLeast), PATIENCE_MS);
      await context.setOffline(true);
      await demo.page.locator(".device-state[data-state=reconnecting]").first().waitFor();
      await demo.shows(demo.page.locator("#process"), "does not answer");
      await context.setOffline(false);
    }
    await demo.hasThousand("alice/phone", BOBS);
    await demo.isReady();
    expect(unexpected()).toEqual([]);
  });

  it("delivers 1,000 messages once each although all connections are cut twice", async () => {
    embedded = await startEmbedded();
    const { port, protocol, hostname } = new URL(embedded.api);
    const link = await startFaultyLink(Number(port));
    try {
      context = await browser.newContext({ reducedMotion: "reduce" });
      demo = await DemoPage.open(context, `${protocol}//${hostname}:${link.port}`);
      await demo.sendThousand("Alice’s phone");
      for (const atLeast of [50, 300]) {
        await eventually(async () => expect(await received()).toBeGreaterThan(atLeast), PATIENCE_MS);
        link.drop();
        for (const state of await demo.page.locator(".device-state").all())
          await demo.shows(state, "Reconnecting…");
        link.mend();
        await demo.isReady();
      }
      await demo.hasThousand("alice/phone", BOBS);
      expect(unexpected()).toEqual([]);
    } finally {
      await link.close();
    }
  });

  it("shows that sends are refused for their rate, and sends them again", async () => {
    await open({ SEND_RATE_PER_SECOND: "0.5", SEND_BURST: "1" });
    const texts = ["one", "two", "three"];
    for (const text of texts) await demo.send("Alice’s phone", text);
    await demo.shows(demo.device("Alice’s phone").locator(".tally"), /\(rate_limited\); sent again soon$/);
    for (const text of texts) {
      await demo.shows(demo.message("Bob’s phone", text), "Alice’s");
      await demo.shows(demo.message("Alice’s phone", text), "stored");
    }
    expect((await demo.saved("bob/phone", "received")).map(({ text }) => text).sort()).toEqual(texts.sort());
    expect(unexpected()).toEqual([]);
  });

  it("says that a device was removed, and sends what waits, once each, when it is switched on", async () => {
    await open();
    await withholdAnswersAfter(0);
    const texts = Array.from({ length: 20 }, (_, index) => `number ${index}`); // more than are under way at once
    for (const text of texts) await demo.send("Alice’s phone", text);
    await eventually(async () => expect(await received()).toBeGreaterThan(0), PATIENCE_MS);
    const remove = () => new WireUser("alice", embedded).httpClient().devices.remove("phone");
    await remove();
    const phone = demo.device("Alice’s phone");
    await demo.shows(phone.locator(".device-state"), /^Removed$/);
    expect(await phone.getByRole("switch").getAttribute("aria-checked")).toBe("false");
    const states = async () => (await demo.saved("alice/phone", "sent")).map(({ state }) => state);
    expect(new Set(await states())).toEqual(new Set(["sending"]));

    await answerAgain();
    await demo.switch("Alice’s phone");
    await demo.isReady();
    await eventually(async () => expect(new Set(await states())).toEqual(new Set(["stored"])), PATIENCE_MS);
    await demo.shows(demo.device("Bob’s phone").locator(".tally"), /^20 received/);
    await demo.queueIs("bob/phone", "0");
    expect((await demo.saved("bob/phone", "received")).map(({ text }) => text).sort()).toEqual(texts.sort());

    await remove();
    await demo.shows(phone.locator(".device-state"), /^Removed$/);
    await demo.page.reload();
    await demo.isReady();
    await demo.shows(phone.locator(".device-state"), /^Switched off$/);
    expect(unexpected()).toEqual([]);
  });
});
