import { deadLettersOf } from "@dumbwaiter/dev-env/stack/dead-letters-of";
import type { Stack } from "@dumbwaiter/dev-env/stack/start-stack";
import { startTraffic } from "@dumbwaiter/dev-env/traffic/traffic";
import { expect } from "@jest/globals";

const CATCH_UP_MS = 30_000;

interface Outage {
  readonly name: string;
  readonly stack: Stack;
  /** Reports of processes of the stack that have died. */
  readonly deaths: readonly string[];
  /** Resolves when the outage is over. */
  strike(): Promise<void>;
}

/** Sends a steady stream of messages during an outage. All must arrive within 30 s after it, and nothing else happen. */
export async function strikeUnderTraffic({ name, stack, deaths, strike }: Outage): Promise<void> {
  const traffic = await startTraffic(stack);
  const { ledger } = traffic;
  try {
    await strike();
    const endedAt = performance.now();
    const heldUp = ledger.overdueCount;
    await traffic.stopSending();
    const caughtUp = await traffic.caughtUpBy(endedAt + CATCH_UP_MS);
    const seconds = ((performance.now() - endedAt) / 1000).toFixed(1);
    const { sent, delivered, duplicates, lost, wrong, refused } = ledger.report();
    process.stderr.write(
      `${name}: ${sent} sent, ${heldUp} held up, ${delivered} delivered after ${seconds} s, ${duplicates} twice\n`,
    );
    expect({ caughtUp, lost, wrong, refused }).toEqual({ caughtUp: true, lost: 0, wrong: 0, refused: 0 });
    expect(heldUp).toBeGreaterThan(100); // the outage was one
    expect(deaths).toEqual([]);
    expect(await deadLettersOf(stack)).toEqual([]);
  } finally {
    await traffic.close();
  }
}
