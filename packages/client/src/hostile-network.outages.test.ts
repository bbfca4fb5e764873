import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type HostileNetwork, startHostileNetwork } from "../testing/hostile-network.ts";
import { envelopeFor, newUser, type TestUser } from "../testing/users.ts";
import type { Client } from "./index.ts";
import { fileStore } from "./stores/file-store.ts";

const USERS = 5;
const MESSAGES_EACH = 2_000;
const SENDS_IN_FLIGHT = 8;
const RESTARTS = 4;
/** Of the clients, each time with the store of the last. */
const LIVES = 3;
const TIMEOUT_MS = 600_000;

/** Receives under one store through several lives, and counts how often each message was handed over. */
class Recipient {
  readonly counts = new Map<string, number>();
  readonly user: TestUser;
  readonly #open: () => Client;
  #client: Client;
  #loop: Promise<void>;

  constructor(user: TestUser, path: string) {
    this.user = user;
    this.#open = () => user.connect({ store: fileStore(path) });
    [this.#client, this.#loop] = this.#begin();
  }

  async beginAnew(): Promise<void> {
    await this.close();
    [this.#client, this.#loop] = this.#begin();
  }

  async close(): Promise<void> {
    await this.#client.close({ timeoutMs: 0 });
    await this.#loop;
  }

  #begin(): [Client, Promise<void>] {
    const client = this.#open();
    return [client, this.#receive(client)];
  }

  async #receive(client: Client): Promise<void> {
    for await (const message of client.messages()) {
      this.counts.set(message.id, (this.counts.get(message.id) ?? 0) + 1);
      await message.ack();
    }
  }
}

describe("10,000 messages through a hostile network to a server that is killed", () => {
  let embedded: EmbeddedProcess;
  let network: HostileNetwork;
  let folder: string;
  const recipients: Recipient[] = [];
  /** Ends what a failed test leaves under way. */
  const over = new AbortController();
  beforeAll(async () => {
    embedded = await startEmbedded();
    folder = await mkdtemp(join(tmpdir(), "dumbwaiter-hostile-"));
    const targetPort = Number(new URL(embedded.api).port);
    network = await startHostileNetwork({ targetPort, seed: 1, halfOpenShare: 0.05 });
  });
  afterAll(async () => {
    over.abort();
    await Promise.allSettled(recipients.map((recipient) => recipient.close()));
    await network?.close();
    await embedded?.stop();
    await rm(folder, { recursive: true });
  });

  it(
    "hands over each exactly once, and all are deleted in the end",
    async () => {
      const endpoints = { api: network.url, realtime: network.url, issuer: embedded.issuer };
      // Registered first, so that every message has a queue.
      const users = Array.from({ length: USERS }, () => newUser(endpoints, { expiresInSeconds: 3_600 }));
      recipients.push(...users.map((user, index) => new Recipient(user, join(folder, `store-${index}`))));
      const sender = newUser(endpoints).http();
      const accepted = users.map(() => new Set<string>());

      let next = 0;
      async function sendAll(): Promise<void> {
        for (let index = next++; index < USERS * MESSAGES_EACH; index = next++) {
          const to = index % USERS;
          const options = { timeoutMs: TIMEOUT_MS, signal: over.signal };
          const { id } = await sender.send(envelopeFor(users[to] as TestUser), options);
          accepted[to]?.add(id);
        }
      }
      const progress = () => next / (USERS * MESSAGES_EACH);
      const reached = async (share: number) => {
        while (progress() < share) await sleep(20, undefined, { signal: over.signal });
      };
      async function restartServer(): Promise<void> {
        for (let each = 1; each <= RESTARTS; each++) {
          await reached(each / (RESTARTS + 1));
          await embedded.kill();
          await embedded.restart();
        }
      }
      async function restartClients(): Promise<void> {
        for (let each = 1; each < LIVES; each++) {
          await reached((each - 0.1) / LIVES);
          await Promise.all(recipients.map((recipient) => recipient.beginAnew()));
        }
      }
      await Promise.all([
        ...Array.from({ length: SENDS_IN_FLIGHT }, sendAll),
        restartServer(),
        restartClients(),
      ]);
      network.calm();
      const isComplete = (index: number) => recipients[index]?.counts.size === accepted[index]?.size;
      while (!users.every((_, index) => isComplete(index))) {
        await sleep(50, undefined, { signal: over.signal });
      }
      await Promise.all(recipients.map((recipient) => recipient.close()));
      // What was not confirmed at the end, and what came again since, is acknowledged by the next life.
      const last = users.map((user, index) =>
        user.connect({ store: fileStore(join(folder, `store-${index}`)) }),
      );
      const again: string[] = [];
      await Promise.all(
        last.map(async (client) => {
          for await (const { id } of client.drain()) again.push(id);
          await client.close({ timeoutMs: 60_000 });
        }),
      );
      expect(again).toEqual([]);

      for (const [index, { counts, user }] of recipients.entries()) {
        expect(accepted[index]?.size).toBe(MESSAGES_EACH);
        expect(new Set(counts.keys())).toEqual(accepted[index]);
        expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
        const { messages } = await newUser({ ...endpoints, api: embedded.api }, {}, user.name)
          .http()
          .pull();
        expect(messages).toEqual([]);
      }
      expect(Math.min(...Object.values(network.fates))).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
