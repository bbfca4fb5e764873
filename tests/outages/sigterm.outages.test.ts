import { setTimeout as sleep } from "node:timers/promises";
import { sharedServers } from "@dumbwaiter/dev-env/servers";
import { deadLettersOf } from "@dumbwaiter/dev-env/stack/dead-letters-of";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { type RoundRobin, startRoundRobin } from "@dumbwaiter/dev-env/stack/round-robin";
import type { ServiceProcess } from "@dumbwaiter/dev-env/stack/service-process";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { startTraffic, type Traffic } from "@dumbwaiter/dev-env/traffic/traffic";
import { newEnvelope } from "@dumbwaiter/wire-user";
// Bare: it counts what each single call gets, and the SDK would repeat those that fail.
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const READINESS_DELAY_MS = 2_000;
const DRAIN_MS = 5_000;
const TIMEOUT_MS = 90_000;

describe("a service that gets SIGTERM under load", () => {
  let stack: Stack;
  let balancer: RoundRobin;

  beforeAll(async () => {
    stack = await startStack({
      ...(await sharedServers()),
      ...{ api: 2, processor: 2, realtime: 2 },
      env: {
        READINESS_DELAY_SECONDS: String(READINESS_DELAY_MS / 1000),
        DRAIN_SECONDS: String(DRAIN_MS / 1000),
        ...NO_LIMITS,
      },
    });
    balancer = await startRoundRobin(() => stack.realtime);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await balancer?.close();
    await stack?.stop();
  }, TIMEOUT_MS);

  /** Stops the service while messages go through the stack; all of them must arrive. */
  async function stopUnderLoad(service: ServiceProcess, during?: (traffic: Traffic) => Promise<void>) {
    const traffic = await startTraffic(stack, { realtimeUrls: [balancer.url] });
    try {
      await sleep(1_000); // of undisturbed traffic
      const stopped = service.kill("SIGTERM");
      await during?.(traffic);
      await stopped;
      const stoppedAt = performance.now();
      expect(await service.log()).toContain('"clean":true');
      await service.restart();
      await sleep(1_000);
      await traffic.stopSending();
      const caughtUp = await traffic.caughtUpBy(stoppedAt + 30_000);
      const { lost, stuck, wrong, refused } = traffic.ledger.report();
      expect({ caughtUp, lost, stuck, wrong, refused }).toEqual({
        ...{ caughtUp: true, lost: 0, stuck: 0, wrong: 0, refused: 0 },
      });
      expect(await deadLettersOf(stack)).toEqual([]);
    } finally {
      await traffic.close();
    }
  }

  it(
    "api: answers every request until its readiness delay ends, then refuses connections",
    async () => {
      const api = stack.api[0] as ServiceProcess;
      const user = new BareUser("direct", { api: api.url, realtime: balancer.url, issuer: stack.issuer.url });
      let answered = 0;
      const failures: { atMs: number; cause: unknown }[] = [];
      await stopUnderLoad(api, async () => {
        const startedAt = performance.now();
        const senders = Array.from({ length: 8 }, async () => {
          while (failures.length < 100) {
            try {
              const { status } = await user.call("POST", "/api/send", newEnvelope(user));
              if (status !== 202) throw new Error(`answered ${status}`);
              answered += 1;
            } catch (error) {
              const cause = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
              failures.push({ atMs: performance.now() - startedAt, cause });
              return;
            }
          }
        });
        await sleep(READINESS_DELAY_MS / 2);
        expect((await fetch(`${api.adminUrl}/readyz`)).status).toBe(503);
        const answeredWhileReady = answered;
        await Promise.all(senders);
        expect(answered).toBeGreaterThan(answeredWhileReady);
      });
      expect(new Set(failures.map(({ cause }) => cause))).toEqual(new Set(["ECONNREFUSED"]));
      expect(Math.min(...failures.map(({ atMs }) => atMs))).toBeGreaterThan(READINESS_DELAY_MS);
    },
    TIMEOUT_MS,
  );

  it(
    "processor: finishes or returns what it holds",
    async () => {
      await stopUnderLoad(stack.processor[0] as ServiceProcess);
    },
    TIMEOUT_MS,
  );

  it(
    "realtime: closes its clients one after the other, and they reconnect by themselves",
    async () => {
      const closings: { at: number; reason: unknown }[] = [];
      let clients = 0;
      await stopUnderLoad(stack.realtime[0] as ServiceProcess, async ({ connected }) => {
        clients = connected.length;
        for (const { client } of connected) {
          client.on("state", ({ state, reason }) => {
            if (state === "reconnecting") closings.push({ at: performance.now(), reason });
          });
        }
      });
      expect(closings).toHaveLength(clients / 2);
      expect(new Set(closings.map(({ reason }) => reason))).toEqual(new Set(["drain"]));
      const times = closings.map(({ at }) => at);
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(DRAIN_MS / 2);
      // The closes are spread: no second of the drain has much more than its share.
      for (const time of times) {
        const within = times.filter((other) => other >= time && other < time + 1_000).length;
        expect(within).toBeLessThanOrEqual(clients / 4);
      }
    },
    TIMEOUT_MS,
  );
});
