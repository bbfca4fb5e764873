import { RssPeak } from "../observe/process-state.ts";
import type { Server } from "../servers/index.ts";
import { asPods, podMemory } from "../stack/pod-memory.ts";
import { type StackOptions, startStack } from "../stack/start-stack.ts";
import type { ChaosReport } from "../traffic/ledger.ts";
import type { Victim } from "./faults.ts";
import { type ChaosOptions, runChaos } from "./run-chaos.ts";

type Load = Pick<ChaosOptions, "messages" | "users" | "devices" | "maxBytes" | "rounds" | "seed" | "say">;

interface StackReport extends ChaosReport {
  /** The highest RSS of a process of each service, and the memory of its pod, in MiB. */
  readonly memory: readonly {
    readonly service: Service;
    readonly peakMib: number;
    readonly podMib: number;
  }[];
}

const SERVICES = ["api", "processor", "realtime"] as const;
type Service = (typeof SERVICES)[number];

/**
 * Starts a stack, by default with two of each service, each with the heap of its pod, and kills any part of it except
 * Google's emulators.
 */
export async function runChaosOnStack(load: Load, options: StackOptions = {}): Promise<StackReport> {
  const pods = podMemory();
  const launcher = asPods(pods);
  const stack = await startStack({
    ...{ api: 2, processor: 2, realtime: 2, launcher, onDeath: load.say },
    ...options,
  });
  const watched = SERVICES.map((service) => ({ service, processes: stack[service].map(watchMemory) }));
  try {
    const redis = stack.processes.get("redis");
    const report = await runChaos({
      ...load,
      api: stack.api.map(({ url }) => url),
      realtime: stack.realtime.map(({ url }) => url),
      issuer: stack.issuer.url,
      victims: [...watched.map(({ processes }) => processes), redis ? [redis] : []].filter(
        (k) => k.length > 0,
      ),
    });
    if (stack.google) load.say(`what stood in for Google: ${JSON.stringify(stack.google.counts)}`);
    const memory = watched.map(({ service, processes }) => ({
      service,
      peakMib: Math.max(...processes.map(({ peakMib }) => peakMib())),
      podMib: pods.get(service)?.limitMib ?? 0,
    }));
    return { ...report, memory };
  } finally {
    for (const { stop } of watched.flatMap(({ processes }) => processes)) stop();
    await stack.stop();
  }
}

/** Whether the guarantees held, and each process kept within the memory of its pod. */
export function isClean({ lost, stuck, wrong, refused, memory }: StackReport): boolean {
  return lost + stuck + wrong + refused === 0 && memory.every(({ peakMib, podMib }) => peakMib <= podMib);
}

/** A process whose memory is measured over its restarts, until `stop`. */
function watchMemory(server: Server): Victim & { peakMib(): number; stop(): void } {
  let peak = new RssPeak(server.pid);
  let before = 0;
  return {
    name: server.name,
    kill: () => server.kill(),
    async restart() {
      await server.restart();
      before = Math.max(before, peak.stop());
      peak = new RssPeak(server.pid);
    },
    peakMib: () => Math.max(before, peak.mib),
    stop: () => void peak.stop(),
  };
}
