import { cpuSeconds, machineCpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { bucketsOf, bucketsSince, quantile } from "@dumbwaiter/dev-env/observe/histogram";
import type { Stack } from "@dumbwaiter/dev-env/stack/start-stack";

/** What the services and the servers have done between two moments. */
export interface StackFigures {
  /** By process. */
  readonly cpuSeconds: ReadonlyMap<string, number>;
  /** Of all processes of the machine. */
  readonly machineSeconds: number;
  readonly seconds: number;
  /** Of all messages: p50 and p99 in milliseconds, as exactly as the buckets of the histograms allow. */
  readonly stages: Readonly<Record<string, string>>;
  /** How late the event loop was at the 99th percentile, in milliseconds, by service. */
  readonly lagMs: ReadonlyMap<string, number>;
}

/** By what it is called here. */
const HISTOGRAMS = {
  "202 after": ["api", "dumbwaiter_api_send_seconds"],
  "taken from Pub/Sub after": ["processor", "dumbwaiter_processor_ingress_age_seconds"],
  "stored in": ["processor", "dumbwaiter_processor_store_commit_seconds"],
  "sent to the socket after": ["realtime", "dumbwaiter_realtime_delivery_latency_seconds"],
} as const;
const LAG = "dumbwaiter_nodejs_eventloop_lag_p99_seconds";

interface Snapshot {
  readonly at: number;
  readonly machine: number;
  readonly cpu: ReadonlyMap<string, number>;
  readonly metrics: ReadonlyMap<string, string>;
}

/** @param others processes besides those of the stack, by name */
export async function watchStack(stack: Stack, others: ReadonlyMap<string, number>) {
  const services = [...stack.api, ...stack.processor, ...stack.realtime];
  const pids = new Map([...stack.processes].map(([name, { pid }]) => [name, pid]));
  for (const [name, pid] of others) pids.set(name, pid);

  async function snapshot(): Promise<Snapshot> {
    const metrics = services.map(async ({ name, adminUrl }) => {
      return [name.replace(/-\d+$/, ""), await (await fetch(`${adminUrl}/metrics`)).text()] as const;
    });
    return {
      at: performance.now(),
      machine: machineCpuSeconds(),
      cpu: new Map([...pids].map(([name, pid]) => [name, cpuSeconds([pid])])),
      metrics: new Map(await Promise.all(metrics)),
    };
  }

  const before = await snapshot();
  return async (): Promise<StackFigures> => {
    const after = await snapshot();
    const stages = Object.entries(HISTOGRAMS).map(([stage, [service, name]]) => {
      const [from, to] = [before, after].map(({ metrics }) => bucketsOf(metrics.get(service) ?? "", name));
      const counts = bucketsSince(from ?? [], to ?? []);
      const ms = (share: number) => Math.round(1_000 * quantile(counts, share));
      return [stage, `${ms(0.5)}/${ms(0.99)} ms`];
    });
    return {
      cpuSeconds: new Map([...after.cpu].map(([name, cpu]) => [name, cpu - (before.cpu.get(name) ?? 0)])),
      machineSeconds: after.machine - before.machine,
      seconds: (after.at - before.at) / 1_000,
      stages: Object.fromEntries(stages),
      lagMs: new Map([...after.metrics].map(([service, text]) => [service, 1_000 * sample(text, LAG)])),
    };
  };
}

function sample(text: string, name: string): number {
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "m").exec(text)?.[1]);
}
