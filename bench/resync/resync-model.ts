import { MAX_QUERIES } from "@dumbwaiter/gcp";
import { DEFAULT_TIMINGS, resyncPace } from "@dumbwaiter/realtime";
import { CHECK_INTERVAL_MS, LOST_AFTER_MS, retryPauseMs } from "@dumbwaiter/redis";
// Bare: it asks how long a stock client waits before it reconnects.
import { Manager } from "socket.io-client";

/**
 * What fails. A shard of Redis, or all of it, comes back after the outage; nodes do not. A node that is killed closes
 * its connections; one that vanishes, alone or with its zone and the shards there, does not.
 */
export const FAULTS = ["shard", "node killed", "node vanished", "zone vanished", "Redis"] as const;

export type Fault = (typeof FAULTS)[number];

export interface Deployment {
  readonly devices: number;
  readonly devicesPerNode: number;
  readonly shards: number;
  readonly zones: number;
  /** Messages a second for one device. */
  readonly messageRate: number;
  /** Of one query of a queue. */
  readonly queryMs: number;
}

export interface Load {
  /** Devices that read their queues; each reads its user's record too. */
  readonly devices: number;
  /** Queries in the busiest second, of all nodes and of the busiest. */
  readonly queries: number;
  readonly queriesOfOneNode: number;
  /** From the end of an outage of Redis, or from the loss of a node, to the last query. */
  readonly seconds: number;
  /** Push requests in the busiest second. */
  readonly pushes: number;
}

const BIN_MS = 100;
const BINS = 120_000 / BIN_MS;
const BINS_PER_SECOND = 1_000 / BIN_MS;

/** Knows how long stock clients wait before they come back. */
const CLIENT = new Manager("http://127.0.0.1", { autoConnect: false });

/** Queries that begin on one node, by tenth of a second. */
type Begun = Float64Array;

export function simulate(fault: Fault, deployment: Deployment): Load {
  const { devices, devicesPerNode, shards, zones, messageRate } = deployment;
  const nodes = Math.max(zones, Math.ceil(devices / devicesPerNode));
  const lostNodes = {
    shard: 0,
    "node killed": 1,
    "node vanished": 1,
    "zone vanished": nodes / zones,
    Redis: 0,
  };
  const lostShards = {
    shard: 1,
    "node killed": 0,
    "node vanished": 0,
    "zone vanished": shards / zones,
    Redis: shards,
  };
  const leaving = Math.round((lostNodes[fault] * devices) / nodes);
  const shardShare = lostShards[fault] / shards;
  const begun = Array.from({ length: nodes - Math.round(lostNodes[fault]) }, () => new Float64Array(BINS));

  for (const node of begun) resync(node, Math.round((devices / nodes) * shardShare));
  const returns = Array.from({ length: leaving }, () => returnMs(fault !== "node killed"));
  for (const ms of returns) add(begun[Math.floor(Math.random() * begun.length)] as Begun, ms, 1);

  const done = begun.map((node) => served(node, deployment));
  const perSecond = seconds(sumOf(done));
  // While a shard is away, nobody knows whether its devices are connected.
  const unknown = messageRate * devices * shardShare;
  return {
    devices: Math.round(perSecond.reduce((sum, queries) => sum + queries, 0)),
    queries: Math.round(Math.max(...perSecond)),
    queriesOfOneNode: Math.round(Math.max(...done.map((node) => Math.max(...seconds(node))))),
    seconds: perSecond.findLastIndex((queries) => queries > 0) + 1,
    pushes: Math.ceil(Math.max(unknown, fault === "node killed" ? 0 : pushesForLost(returns, messageRate))),
  };
}

/**
 * A node reads the queues of a shard's devices once it has reconnected, and from the beginning when it sees the value
 * that processors have raised, which retry every two seconds at the longest.
 */
function resync(node: Begun, sessions: number): void {
  if (sessions === 0) return;
  const { perTick, tickMs } = resyncPace(sessions, DEFAULT_TIMINGS.resyncSpreadMs);
  let raisedIn = Math.random() * (CHECK_INTERVAL_MS + 2_000);
  let waiting = sessions;
  for (let ms = retryPauseMs(100); waiting > 0; ms += tickMs, raisedIn -= tickMs) {
    if (raisedIn <= 0) {
      waiting = sessions;
      raisedIn = Number.POSITIVE_INFINITY;
    }
    add(node, ms, Math.min(perTick, waiting));
    waiting -= perTick;
  }
}

/** When a client of a lost node is back. It notices a node that vanished when a heartbeat is missing. */
function returnMs(vanished: boolean): number {
  const { pingIntervalMs, pingTimeoutMs } = DEFAULT_TIMINGS;
  const noticed = vanished ? pingTimeoutMs + Math.random() * pingIntervalMs : 0;
  const jitter = 1 + CLIENT.randomizationFactor() * (2 * Math.random() - 1);
  return noticed + CLIENT.reconnectionDelay() * jitter;
}

/** For devices that got a message before the node was known to be lost, and are not back by then. */
function pushesForLost(returns: readonly number[], messageRate: number): number {
  const knownMs = LOST_AFTER_MS + CHECK_INTERVAL_MS;
  const away = returns.filter((ms) => ms > knownMs).length;
  return away * (1 - Math.exp((-messageRate * knownMs) / 1_000));
}

/** A node has a bounded number of queries under way; the others wait. */
function served(begun: Begun, { queryMs }: Deployment): Begun {
  const most = (MAX_QUERIES * BIN_MS) / queryMs;
  let waiting = 0;
  return begun.map((queries) => {
    const now = Math.min(most, waiting + queries);
    waiting += queries - now;
    return now;
  });
}

function add(node: Begun, ms: number, queries: number): void {
  const bin = Math.floor(ms / BIN_MS);
  node[bin] = (node[bin] ?? 0) + queries;
}

function sumOf(nodes: readonly Begun[]): Begun {
  const sum = new Float64Array(BINS);
  for (const node of nodes)
    for (let bin = 0; bin < BINS; bin += 1) sum[bin] = (sum[bin] ?? 0) + (node[bin] ?? 0);
  return sum;
}

function seconds(bins: Begun): number[] {
  return Array.from({ length: BINS / BINS_PER_SECOND }, (_, second) =>
    bins
      .subarray(second * BINS_PER_SECOND, (second + 1) * BINS_PER_SECOND)
      .reduce((sum, queries) => sum + queries, 0),
  );
}
