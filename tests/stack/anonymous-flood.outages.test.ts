import { setTimeout as sleep } from "node:timers/promises";
import { newAccessKey } from "@dumbwaiter/client";
import { sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { DEFAULT_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { type AnonymousAnswer, sendAnonymously } from "@dumbwaiter/dev-env/traffic/anonymous-sender";
import { connectRecipient } from "@dumbwaiter/dev-env/traffic/connected-recipient";
import { Ledger } from "@dumbwaiter/dev-env/traffic/ledger";
import { newEnvelope, until, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

/** Connections of the flood; each comes from a network of its own. */
const FLOODERS = 48;
const MESSAGES = 30;
const PAUSE_MS = 100;
const WITHIN_MS = 1_000;
/** On a busy machine, the flood may make messages so many times slower than they were just before. */
const SLOWDOWN = 3;
/** After this, a key that was replaced is accepted by no node. */
const ROTATION_MS = 10_000;
/** Without a 202 for so long, the flood has ended. */
const QUIET_MS = 2_000;
const TIMEOUT_MS = 400_000;

describe("a flood of anonymous messages with a leaked access key", () => {
  let stack: Stack;
  let flood: Flood | undefined;

  beforeAll(async () => {
    const env = { ...DEFAULT_LIMITS, TRUST_PROXY: "1" };
    stack = await startStack({ ...(await sharedServers()), api: 2, env });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await flood?.stop();
    await stack?.stop();
  });

  it(
    "leaves identified senders' messages on time, and ends when the key is rotated",
    async () => {
      const endpoints = {
        api: stack.api[0]?.url as string,
        realtime: stack.realtime[0]?.url as string,
        issuer: stack.issuer.url,
      };
      const [alice, bob] = ["alice", "bob"].map((name) => new WireUser(uniqueName(name), endpoints)) as [
        WireUser,
        WireUser,
      ];
      const leaked = newAccessKey();
      await bob.httpClient().accessKey.set(leaked);
      const ledger = new Ledger();
      const recipient = await connectRecipient(bob, ledger);

      /** @returns how long each of Alice's messages took from its send to its arrival */
      async function arrivals(): Promise<number[]> {
        const sent: { readonly id: string; readonly at: number }[] = [];
        for (let count = 0; count < MESSAGES; count += 1) {
          const envelope = newEnvelope(bob);
          const at = performance.now();
          ledger.intends(envelope.encryptedData, bob.name);
          const id = await alice.send(bob, envelope);
          ledger.accepts(id, envelope.encryptedData, at);
          sent.push({ id, at });
          await sleep(PAUSE_MS);
        }
        await until(
          () => ledger.missing().filter(({ id }) => sent.some((each) => each.id === id)).length,
          (missing) => missing === 0,
        );
        const waits = new Map(ledger.waits().map(({ id, ms }) => [id, ms]));
        return sent.map(({ id }) => waits.get(id) as number);
      }

      const before = percentile(await arrivals(), 95);
      flood = startFlood(
        stack.api.map(({ url }) => url),
        leaked,
        bob,
      );
      await until(
        () => flood?.count("rate_limited") ?? 0,
        (refused) => refused > FLOODERS,
      );
      const during = percentile(await arrivals(), 95);
      expect(flood.count("accepted")).toBeGreaterThan(MESSAGES);
      expect(during).toBeLessThan(Math.max(WITHIN_MS, SLOWDOWN * before));

      const rotated = newAccessKey();
      await bob.httpClient().accessKey.set(rotated);
      const rotatedAt = performance.now();
      await until(
        () => performance.now() - (flood as Flood).lastAcceptedAt,
        (quietMs) => quietMs > QUIET_MS,
      );
      expect(flood.lastAcceptedAt - rotatedAt).toBeLessThan(ROTATION_MS);
      expect(flood.count("access_key_refused")).toBeGreaterThan(0);
      expect(await sendAnonymously(endpoints.api, rotated, newEnvelope(bob))).toMatchObject({ status: 202 });
      await flood.stop();
      await recipient.close();
    },
    TIMEOUT_MS,
  );
});

interface Flood {
  /** Answers so far. @param code of a refusal, or `accepted` */
  count(code: string): number;
  /** `performance.now()` */
  readonly lastAcceptedAt: number;
  stop(): Promise<void>;
}

/** Sends as fast as it is answered, over many connections, until it is stopped. */
function startFlood(apis: readonly string[], accessKey: string, recipient: WireUser): Flood {
  const counts = new Map<string, number>();
  let lastAcceptedAt = performance.now();
  let stopped = false;

  async function flooder(_: unknown, index: number): Promise<void> {
    const headers = { "X-Forwarded-For": `198.51.${index}.7` };
    const api = apis[index % apis.length] as string;
    while (!stopped) {
      const answer = await sendAnonymously(api, accessKey, newEnvelope(recipient), headers);
      const what = outcomeOf(answer);
      counts.set(what, (counts.get(what) ?? 0) + 1);
      if (what === "accepted") lastAcceptedAt = performance.now();
    }
  }
  const flooders = Promise.all(Array.from({ length: FLOODERS }, flooder));
  return {
    count: (code) => counts.get(code) ?? 0,
    get lastAcceptedAt() {
      return lastAcceptedAt;
    },
    async stop() {
      stopped = true;
      await flooders;
    },
  };
}

const outcomeOf = ({ status, code = "" }: AnonymousAnswer) => (status === 202 ? "accepted" : code);

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1] as number;
}
