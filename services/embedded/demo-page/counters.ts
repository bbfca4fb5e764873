import type { Counters } from "./counters-json.ts";
import { deviceOf, type Place, userOf } from "./model.ts";

const EVERY_MS = 500;

export function queueLength({ queues }: Counters, place: Place): number {
  return queues[userOf(place)]?.[deviceOf(place)] ?? 0;
}

/** Reads the counters again and again while the page is visible; undefined when the process does not answer. */
export async function followCounters(show: (counters: Counters | undefined) => void): Promise<never> {
  for (;;) {
    if (document.visibilityState === "visible") show(await readCounters());
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

async function readCounters(): Promise<Counters | undefined> {
  try {
    const response = await fetch("/demo-page/counters");
    return response.ok ? ((await response.json()) as Counters) : undefined;
  } catch {
    return undefined;
  }
}
