import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContext } from "playwright-core";
import { DemoPage } from "./demo-page.ts";
import { startBrowser } from "./start-browser.ts";

describe("the demo page", () => {
  let browser: Browser;
  let embedded: EmbeddedProcess;
  let context: BrowserContext;
  let demo: DemoPage;

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    embedded = await startEmbedded();
    context = await browser.newContext();
    demo = await DemoPage.open(context, embedded.api);
  });
  afterEach(async () => {
    await context.close();
    await embedded.stop();
  });

  const counter = (name: string) => demo.page.locator(`[data-counter="${name}"]`);

  it("shows a message on both devices of the recipient, its way, and the envelope without a sender", async () => {
    await demo.send("Alice’s phone", "Dinner at eight?");
    for (const device of ["Bob’s phone", "Bob’s laptop"] as const) {
      await demo.shows(demo.message(device, "Dinner at eight?"), /\d · Alice’s phone · …[0-9a-f]{6}$/);
    }
    await demo.shows(
      demo.message("Alice’s phone", "Dinner at eight?"),
      /\d\d:\d\d:\d\d · stored · …[0-9a-f]{6}$/,
    );
    await demo.shows(counter("accepted"), /^1$/);
    await demo.shows(counter("stored"), /^1$/);
    await demo.shows(counter("delivered"), /^2$/);
    await demo.shows(counter("acked"), /^2$/);

    const saw = demo.page.locator("#envelope");
    await demo.shows(saw, /urn:sm:user:bob.*not in the envelope.*bytes, sealed/);
    const envelope = JSON.parse(demo.posted[0] ?? "");
    expect(Object.keys(envelope).sort()).toEqual(["encryptedData", "encryptedSymmetricKey", "recipientId"]);
    const opaque = [envelope.encryptedData, envelope.encryptedSymmetricKey];
    for (const base64 of opaque)
      expect(Buffer.from(base64, "base64").toString()).not.toMatch(/alice|Dinner/i);
    demo.isClean();
  });

  it("sends anonymously, over a connection without a token, and shows that nobody saw the sender", async () => {
    const saw = demo.page.locator("#envelope");
    await demo.send("Alice’s phone", "with a token");
    await demo.shows(saw, /sender, to the apiAlice, by the token.*sender, to othersnobody/);
    await demo.sendsAnonymously("Alice’s phone", true);
    await demo.send("Alice’s phone", "with a key");
    for (const device of ["Bob’s phone", "Bob’s laptop"] as const) {
      await demo.shows(demo.message(device, "with a key"), "Alice’s phone");
    }
    await demo.shows(demo.message("Alice’s phone", "with a key"), /stored · anonymous/);
    await demo.shows(
      saw,
      /urn:sm:user:bob.*sender, to realtimenobody: an access key.*sender, to othersnobody/,
    );
    await demo.shows(demo.page.locator("#earlier"), /urn:sm:user:bob.*the api saw Alice/);
    await demo.shows(counter("accepted"), /^2$/);

    expect(demo.posted).toHaveLength(1);
    const sending = demo.socketFrames.filter((frames) => frames.some((frame) => frame.includes('"send"')));
    expect(sending).toHaveLength(1);
    expect(sending[0]?.join()).toContain('{"anonymous":true}');
    expect(sending.join()).not.toMatch(/token|eyJ/);

    await demo.sendsAnonymously("Alice’s phone", false);
    await demo.send("Alice’s phone", "with a token again");
    await demo.shows(demo.message("Bob’s phone", "with a token again"), "Alice’s phone");
    expect(demo.posted).toHaveLength(2);
    demo.isClean();
  });

  it("sends 1,000 messages, none of which is missing or doubled on either device", async () => {
    await demo.sendThousand("Alice’s phone");
    await demo.hasThousand("alice/phone", [
      { name: "Bob’s phone", place: "bob/phone" },
      { name: "Bob’s laptop", place: "bob/laptop" },
    ]);
    for (const place of ["bob/phone", "bob/laptop"]) await demo.queueIs(place, "0");
    await demo.shows(demo.message("Bob’s phone", "1,000 of 1,000"), /Alice’s/);
    demo.isClean();
  });

  it("lets the queue of a device grow while it is switched off, over a reload too, and drains it", async () => {
    await demo.switch("Bob’s phone");
    await demo.shows(demo.device("Bob’s phone").locator(".device-state"), "Switched off");
    for (const text of ["one", "two", "three"]) await demo.send("Alice’s laptop", text);
    await demo.queueIs("bob/phone", "3");
    await demo.queueIs("bob/laptop", "0");
    await demo.page.reload();
    await demo.isReady();
    await demo.shows(demo.device("Bob’s phone").locator(".device-state"), "Switched off");
    await demo.queueIs("bob/phone", "3");
    expect(await demo.message("Bob’s phone", "one").count()).toBe(0);

    await demo.switch("Bob’s phone");
    await demo.queueIs("bob/phone", "0");
    for (const text of ["one", "two", "three"]) await demo.shows(demo.message("Bob’s phone", text), text);
    demo.isClean();
  });

  it("sends what was written on a device that was switched off once it is on", async () => {
    await demo.switch("Alice’s phone");
    await demo.send("Alice’s phone", "written offline");
    await demo.shows(demo.message("Alice’s phone", "written offline"), "sending…");
    await demo.page.reload();
    await demo.isReady();
    expect(demo.posted).toEqual([]);
    await demo.switch("Alice’s phone");
    await demo.shows(demo.message("Bob’s laptop", "written offline"), "Alice’s phone");
    await demo.shows(demo.message("Alice’s phone", "written offline"), "stored");
    demo.isClean();
  });

  it("keeps messages and keys over a reload", async () => {
    await demo.send("Bob’s laptop", "before");
    await demo.shows(demo.message("Alice’s phone", "before"), "Bob’s");
    await demo.page.reload();
    await demo.isReady();
    await demo.shows(demo.message("Alice’s phone", "before"), "Bob’s");
    await demo.shows(demo.message("Bob’s laptop", "before"), "stored");
    await demo.send("Bob’s laptop", "after");
    await demo.shows(demo.message("Alice’s phone", "after"), "Bob’s");
    expect(await demo.saved("alice/phone", "received")).toHaveLength(2);
    demo.isClean();
  });

  it("shows the same in a second tab, which takes over when the first is closed", async () => {
    await demo.send("Alice’s phone", "in the first tab");
    const second = await DemoPage.open(context, embedded.api);
    await second.shows(second.message("Bob’s phone", "in the first tab"), "Alice’s");
    await second.send("Bob’s phone", "in the second tab");
    for (const each of [demo, second])
      await each.shows(each.message("Alice’s laptop", "in the second tab"), "Bob’s");
    await demo.shows(counter("delivered"), /^4$/);

    await demo.page.close();
    await second.shows(second.page.locator("#lead"), "this tab holds them");
    await second.isReady();
    await second.send("Alice’s phone", "after the first tab");
    await second.shows(second.message("Bob’s phone", "after the first tab"), "Alice’s");
    expect((await second.saved("bob/phone", "received")).map(({ text }) => text).sort()).toEqual([
      "after the first tab",
      "in the first tab",
    ]);
    for (const each of [demo, second]) each.isClean();
  });

  it("sends ephemeral messages to connected devices alone, and says what is urgent", async () => {
    await demo.switch("Bob’s phone");
    await demo.send("Alice’s phone", "now or never", "Ephemeral");
    await demo.shows(demo.message("Bob’s laptop", "now or never"), "ephemeral");
    await demo.switch("Bob’s phone");
    await demo.isReady();
    await demo.send("Alice’s phone", "hurry", "Urgent");
    await demo.shows(demo.message("Bob’s phone", "hurry"), "urgent");
    await demo.shows(demo.page.locator("#envelope"), /priority9/);
    expect((await demo.saved("bob/phone", "received")).map(({ text }) => text)).toEqual(["hurry"]);
    demo.isClean();
  });

  it("keeps what it cannot open in the queue, and says so, until it is discarded", async () => {
    await new WireUser("mallory", embedded).send(new WireUser("bob", embedded));
    const notice = demo.device("Bob’s phone").locator(".notice");
    await demo.shows(notice, /^\s*1 message sealed for other keys/);
    await demo.page.reload();
    await demo.isReady();
    await demo.shows(notice, /^\s*1 message sealed for other keys/);
    await demo.queueIs("bob/phone", "1");
    await notice.getByRole("button").click();
    await demo.queueIs("bob/phone", "0");
    await demo.queueIs("bob/laptop", "1");
    expect(await notice.isVisible()).toBe(false);
    demo.isClean();
  });

  it("drops an ephemeral message that it cannot open, for it is in no queue", async () => {
    await new WireUser("mallory", embedded).send(new WireUser("bob", embedded), { isEphemeral: true });
    await demo.shows(counter("delivered"), /^2$/);
    await demo.send("Alice’s phone", "after it");
    await demo.shows(demo.device("Bob’s phone").locator(".tally"), /^1 received/);
    expect(await demo.device("Bob’s phone").locator(".notice").isVisible()).toBe(false);
    demo.isClean();
  });
});
