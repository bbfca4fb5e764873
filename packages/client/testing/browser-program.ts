/* Runs in a page: what a test in Node can call with `page.evaluate`. */
import { type Client, connect, indexedDbStore, type Message, type Store } from "../src/index.ts";

declare global {
  var sdk: BrowserProgram;
}

export interface BrowserProgram {
  connect(store: string, token: string): void;
  /** Takes the next message and acknowledges it, or keeps it for `ackKept`. */
  next(action: "ack" | "keep"): Promise<string>;
  ackKept(): Promise<void>;
  /** Takes and acknowledges from now on, and counts how often each came. */
  receiveAll(): void;
  counts(): Record<string, number>;
  states(): string[];
  close(): Promise<void>;
  readStore(name: string): Promise<[string, string][]>;
  writeStore(
    name: string,
    changes: readonly (readonly [string, "saved" | "acked" | "forgotten"])[],
  ): Promise<void>;
}

const stores = new Map<string, Store>();
const states: string[] = [];
const counts = new Map<string, number>();
let client: Client;
let kept: Message | undefined;

function storeOf(name: string): Store {
  const store = stores.get(name) ?? indexedDbStore(name);
  stores.set(name, store);
  return store;
}

async function take(message: Message | undefined): Promise<void> {
  await message?.ack();
  if (message) counts.set(message.id, (counts.get(message.id) ?? 0) + 1);
}

globalThis.sdk = {
  connect(store, token) {
    client = connect({
      url: (globalThis as { origin?: string }).origin ?? "",
      token: () => token,
      store: indexedDbStore(store),
    });
    client.on("state", ({ state }) => states.push(state));
  },
  async next(action) {
    const { value } = await client.messages().next();
    kept = value ?? undefined;
    if (action === "ack") await take(kept);
    return value?.id ?? "";
  },
  ackKept: () => take(kept),
  receiveAll() {
    void (async () => {
      for await (const message of client.messages()) await take(message);
    })();
  },
  counts: () => Object.fromEntries(counts),
  states: () => states,
  close: () => client.close(),
  readStore: async (name) => [...(await storeOf(name).read())].map(([id, mark]) => [id, mark]),
  writeStore: (name, changes) => storeOf(name).write(new Map(changes)),
};
