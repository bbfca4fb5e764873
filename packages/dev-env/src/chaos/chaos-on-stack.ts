import { type StackOptions, startStack } from "../stack/start-stack.ts";
import type { ChaosReport } from "../traffic/ledger.ts";
import { type ChaosOptions, runChaos } from "./run-chaos.ts";

type Load = Pick<ChaosOptions, "messages" | "users" | "rounds" | "seed" | "say">;

/** Starts a stack, by default with two of each service, and kills any part of it except Google's emulators. */
export async function runChaosOnStack(load: Load, options: StackOptions = {}): Promise<ChaosReport> {
  const stack = await startStack({ api: 2, processor: 2, realtime: 2, onDeath: load.say, ...options });
  try {
    const redis = stack.processes.get("redis");
    return await runChaos({
      ...load,
      api: stack.api.map(({ url }) => url),
      realtime: stack.realtime.map(({ url }) => url),
      issuer: stack.issuer.url,
      victims: [stack.api, stack.processor, stack.realtime, redis ? [redis] : []].filter((k) => k.length > 0),
    });
  } finally {
    await stack.stop();
  }
}

/** Whether the guarantees held. */
export function isClean(report: ChaosReport): boolean {
  return report.lost + report.stuck + report.wrong + report.refused === 0;
}
