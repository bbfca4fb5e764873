import { eventually } from "@dumbwaiter/core/contracts";
import { expect } from "@jest/globals";
import type { BrowserContext, Locator, Page } from "playwright-core";

/** Ends only what hangs: a thousand messages take seconds, and on a busy machine much longer. */
export const PATIENCE_MS = 150_000;

/** A device as the page names it. */
export type DeviceName = "Alice’s phone" | "Alice’s laptop" | "Bob’s phone" | "Bob’s laptop";

/** A message in the browser's storage. */
interface SavedMessage {
  readonly place: string;
  readonly direction: "sent" | "received";
  readonly text: string;
  readonly state?: string;
  /** The router's ID of a sent message. */
  readonly id?: string;
  /** The ID of a received one. */
  readonly key: string;
}

const READ_STORAGE = `new Promise((resolve, reject) => {
  const opening = indexedDB.open("dumbwaiter-demo");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const reading = opening.result.transaction("messages").objectStore("messages").getAll();
    reading.onsuccess = () => {
      opening.result.close();
      resolve(reading.result);
    };
  };
})`;

/** The demo page in a tab, as its user sees it, and what went wrong in it. */
export class DemoPage {
  readonly page: Page;
  /** Errors on the console, and uncaught ones. */
  readonly errors: string[] = [];
  /** Requests to anywhere but the page's own origin. */
  readonly foreignRequests: string[] = [];
  /** The bodies of all sends that bear a token. */
  readonly posted: string[] = [];
  /** What the page has sent over each of its sockets. */
  readonly socketFrames: string[][] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.errors.push(message.text());
    });
    page.on("websocket", (socket) => {
      const frames: string[] = [];
      this.socketFrames.push(frames);
      socket.on("framesent", ({ payload }) => frames.push(String(payload)));
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.host !== new URL(origin).host) this.foreignRequests.push(url.href);
      if (url.pathname === "/api/send") this.posted.push(request.postData() ?? "");
    });
  }

  /** Opens it and waits until all devices are connected, but for those that are switched off. */
  static async open(context: BrowserContext, origin: string): Promise<DemoPage> {
    const demo = new DemoPage(await context.newPage(), origin);
    await demo.page.goto(origin);
    await demo.isReady();
    return demo;
  }

  async isReady(): Promise<void> {
    await eventually(async () => {
      const states = await this.page.locator(".device-state").allTextContents();
      expect(states.filter((state) => /^(Live|Switched off)/.test(state))).toHaveLength(4);
    }, PATIENCE_MS);
  }

  device(name: DeviceName): Locator {
    return this.page.locator(".device").filter({ has: this.page.getByRole("heading", { name }) });
  }

  message(name: DeviceName, text: string): Locator {
    return this.device(name).getByRole("listitem").filter({ hasText: text });
  }

  async send(from: DeviceName, text: string, kind = "Normal"): Promise<void> {
    const device = this.device(from);
    await device.getByRole("combobox").selectOption(kind);
    await device.getByRole("textbox").fill(text);
    await device.getByRole("textbox").press("Enter");
  }

  /** Whether the device sends with the recipient's access key, from now on. */
  async sendsAnonymously(from: DeviceName, isAnonymous: boolean): Promise<void> {
    await this.device(from).getByRole("checkbox", { name: "Send anonymously" }).setChecked(isAnonymous);
  }

  async sendThousand(from: DeviceName): Promise<void> {
    await this.device(from).getByRole("button", { name: "Send 1,000" }).click();
  }

  /** Flips the switch of the device. */
  async switch(name: DeviceName): Promise<void> {
    await this.device(name).getByRole("switch").click();
  }

  async shows(locator: Locator, text: string | RegExp): Promise<void> {
    await eventually(async () => expect(await locator.textContent()).toMatch(text), PATIENCE_MS);
  }

  /** Waits until the page says so of the queue. */
  async queueIs(place: string, length: string): Promise<void> {
    const count = this.page.locator(`[data-queue="${place}"]`);
    await eventually(async () => expect(await count.textContent()).toBe(length), PATIENCE_MS);
  }

  async saved(place: string, direction: "sent" | "received"): Promise<SavedMessage[]> {
    const all = (await this.page.evaluate(READ_STORAGE)) as SavedMessage[];
    return all.filter((message) => message.place === place && message.direction === direction);
  }

  /** Waits until a thousand have arrived, and checks that each has, once, with the ID that its sender was told. */
  async hasThousand(from: string, to: readonly { readonly name: DeviceName; readonly place: string }[]) {
    const numbers = Array.from({ length: 1000 }, (_, index) => (index + 1).toLocaleString("en"));
    const wanted = numbers.map((number) => `${number} of 1,000`).sort();
    for (const { name } of to) await this.shows(this.device(name).locator(".tally"), /^1,000 received/);
    const isStored = async () => (await this.saved(from, "sent")).every(({ state }) => state === "stored");
    await eventually(async () => expect(await isStored()).toBe(true), PATIENCE_MS);
    const sent = await this.saved(from, "sent");
    expect(sent.map(({ text }) => text).sort()).toEqual(wanted);
    const ids = new Map(sent.map(({ id, text }) => [id, text]));
    for (const { place } of to) {
      const received = await this.saved(place, "received");
      expect(received.map(({ text }) => text).sort()).toEqual(wanted);
      expect(new Map(received.map(({ key, text }) => [key, text]))).toEqual(ids);
    }
  }

  /** Nothing went wrong, and nothing was asked of anybody else. */
  isClean(): void {
    expect(this.errors).toEqual([]);
    expect(this.foreignRequests).toEqual([]);
  }
}
