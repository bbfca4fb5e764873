import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { type SdkPages, startSdkPages } from "../testing/browser-page.ts";
import { describeStore } from "../testing/store-contract.ts";
import { envelopeFor, newUser, type TestUser } from "../testing/users.ts";
import type { Store } from "./index.ts";

const MESSAGES = 10_000;
const SWITCHES = 6;
const SENDS_IN_FLIGHT = 32;

describe("in a browser", () => {
  let embedded: EmbeddedProcess;
  let pages: SdkPages;
  let page: Page;
  let bob: TestUser;
  /** Ends what a failed test leaves under way. */
  const over = new AbortController();
  beforeAll(async () => {
    embedded = await startEmbedded();
    pages = await startSdkPages(embedded.api);
    page = await pages.open();
  });
  afterAll(async () => {
    over.abort();
    await pages?.close();
    await embedded?.stop();
  });
  beforeEach(() => {
    bob = newUser(embedded);
  });

  async function connect(): Promise<void> {
    const token = await bob.token();
    await page.evaluate(([store, text]) => sdk.connect(store, text), [bob.name, token] as const);
  }
  async function hasNothingQueued(): Promise<void> {
    await eventually(async () => expect((await bob.http().pull()).messages).toEqual([]));
  }

  describe("the IndexedDB store", () => {
    /** The store in the page, from here. A new connection to the same database has another number. */
    function storeInPage(name: string): Store {
      return {
        read: () => page.evaluate((of) => sdk.readStore(of), name) as ReturnType<Store["read"]>,
        write: (changes) =>
          page.evaluate(([of, all]) => sdk.writeStore(of, all), [
            name,
            [...changes],
          ] as const) as Promise<void>,
      };
    }
    describeStore(() => {
      const name = randomUUID();
      return () => storeInPage(name);
    });
  });

  it("hands over after a reload what was not acknowledged, and nothing else", async () => {
    const sender = newUser(embedded).http();
    const first = await sender.send(envelopeFor(bob));
    await connect();
    expect(await page.evaluate(() => sdk.next("ack"))).toBe(first.id);
    const second = await sender.send(envelopeFor(bob));
    expect(await page.evaluate(() => sdk.next("keep"))).toBe(second.id);
    await page.reload();
    await connect();
    expect(await page.evaluate(() => sdk.next("ack"))).toBe(second.id);
    const third = await sender.send(envelopeFor(bob));
    expect(await page.evaluate(() => sdk.next("ack"))).toBe(third.id);
    await hasNothingQueued();
    await page.evaluate(() => sdk.close());
  });

  it("acknowledges after a reload what was saved while the network was off", async () => {
    const { id } = await newUser(embedded).http().send(envelopeFor(bob));
    await connect();
    expect(await page.evaluate(() => sdk.next("keep"))).toBe(id);
    await page.context().setOffline(true);
    await page.evaluate(() => sdk.ackKept());
    await page.context().setOffline(false);
    await page.reload();
    await connect();
    await hasNothingQueued();
    expect(await page.evaluate(() => sdk.counts())).toEqual({});
    await page.evaluate(() => sdk.close());
  });

  it("gets 10,000 messages exactly once each while its network is switched off and on", async () => {
    await page.reload();
    await connect();
    await page.evaluate(() => sdk.receiveAll());
    const sender = newUser(embedded).http();
    const sent = new Set<string>();
    let next = 0;
    async function sendAll(): Promise<void> {
      const { signal } = over;
      while (next++ < MESSAGES) sent.add((await sender.send(envelopeFor(bob), { signal })).id);
    }
    async function switchNetwork(): Promise<void> {
      for (let each = 1; each <= SWITCHES; each++) {
        while (next < (each * MESSAGES) / (SWITCHES + 1)) {
          await sleep(20, undefined, { signal: over.signal });
        }
        await page.context().setOffline(true);
        await sleep(1_000, undefined, { signal: over.signal });
        await page.context().setOffline(false);
      }
    }
    await Promise.all([switchNetwork(), ...Array.from({ length: SENDS_IN_FLIGHT }, sendAll)]);
    await eventually(async () => {
      expect(Object.keys(await page.evaluate(() => sdk.counts())).length).toBe(MESSAGES);
    }, 120_000);
    const counts = await page.evaluate(() => sdk.counts());
    expect(new Set(Object.keys(counts))).toEqual(sent);
    expect(Object.values(counts).filter((count) => count !== 1)).toEqual([]);
    await hasNothingQueued();
    expect(await page.evaluate(() => sdk.states())).toContain("reconnecting");
    await page.evaluate(() => sdk.close());
  });
});
