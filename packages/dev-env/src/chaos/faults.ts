import { setTimeout as sleep } from "node:timers/promises";
import type { SeededRandom } from "./seeded-random.ts";

/** A process that can be killed with SIGKILL and restarted. */
export interface Victim {
  readonly name: string;
  kill(): Promise<void>;
  /** Resolves once it is ready. */
  restart(): Promise<void>;
}

const MAX_DOWN_MS = 1_500;

/** In each round one victim of each kind, in random order. */
export function planFaults(kinds: readonly Victim[][], rounds: number, random: SeededRandom): Victim[] {
  return Array.from({ length: rounds }, () => random.shuffled(kinds).map((kind) => random.pick(kind))).flat();
}

/** Kills, pauses, restarts. Resolves once the victim is ready again. */
export async function strike(victim: Victim, random: SeededRandom): Promise<void> {
  await victim.kill();
  await sleep(random.between(0, MAX_DOWN_MS));
  await victim.restart();
}
