import type { UserId } from "@dumbwaiter/core";
import type { RequestHandler } from "express";
import type { Registry } from "prom-client";
import type { Counters } from "../../demo-page/counters-json.ts";

/** Whose queues the page shows. */
const USERS = ["alice", "bob"] as readonly string[] as readonly UserId[];

/** One reading serves all tabs that ask within this time. */
const FRESH_MS = 200;

const STARTED_AT = Date.now();

export interface CounterSources {
  readonly registry: Registry;
  /** @returns messages waiting, by device */
  queueLengths(user: UserId): Promise<ReadonlyMap<string, number>>;
  /** @returns messages accepted and not yet processed */
  ingressLength(): Promise<number>;
}

/** `GET` → {@link Counters} */
export function readCounters(sources: CounterSources): RequestHandler {
  let reading: Promise<Counters> | undefined;
  return async (_request, response) => {
    reading ??= countersOf(sources).finally(() => setTimeout(() => (reading = undefined), FRESH_MS).unref());
    response.setHeader("Cache-Control", "no-store");
    response.json(await reading);
  };
}

async function countersOf({ registry, queueLengths, ingressLength }: CounterSources): Promise<Counters> {
  const sum = async (...names: string[]) => {
    const metrics = await Promise.all(names.map((name) => registry.getSingleMetric(name)?.get()));
    const values = metrics.flatMap((metric) => metric?.values ?? []);
    return values.reduce((total, { value }) => total + value, 0);
  };
  const queues = USERS.map(async (user) => [user, Object.fromEntries(await queueLengths(user))] as const);
  return {
    pid: process.pid,
    startedAt: STARTED_AT,
    accepted: await sum(
      "dumbwaiter_api_messages_accepted_total",
      "dumbwaiter_realtime_messages_accepted_total",
    ),
    waiting: await ingressLength(),
    stored: await sum("dumbwaiter_processor_messages_stored_total"),
    delivered: await sum("dumbwaiter_realtime_messages_delivered_total"),
    acked: await sum("dumbwaiter_api_messages_acked_total", "dumbwaiter_realtime_messages_acked_total"),
    sockets: await sum("dumbwaiter_realtime_sockets"),
    queues: Object.fromEntries(await Promise.all(queues)),
  };
}
