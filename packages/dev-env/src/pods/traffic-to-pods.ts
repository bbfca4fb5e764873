import { expect } from "@jest/globals";
import { deadLettersOf } from "../stack/dead-letters-of.ts";
import { startTraffic, type Traffic } from "../traffic/traffic.ts";
import { type Figures, say, seconds } from "./figures.ts";
import type { Pods } from "./start-pods.ts";

const SENDS_PER_SECOND = 50;

/**
 * Sends a steady stream of messages to clients that connect through the Services, while something happens. All must
 * arrive, and none may become a dead letter.
 *
 * @param title of the line in the figures
 */
export async function withTraffic(
  { endpoints, stack }: Pods,
  { title, connected, figures }: { title: string; connected: number; figures: Figures },
  happen: (traffic: Traffic) => Promise<void>,
): Promise<void> {
  const services = { api: [{ url: endpoints.api }], realtime: [{ url: endpoints.realtime }] };
  const traffic = await startTraffic(
    { ...services, issuer: stack.issuer },
    { connected, sendsPerSecond: SENDS_PER_SECOND },
  );
  say(`${connected} clients are connected`);
  try {
    await happen(traffic);
    say(`${title}: done`);
    await traffic.stopSending();
    const caughtUp = await traffic.caughtUpBy(performance.now() + 30_000);
    const { sent, delivered, duplicates, lost, stuck, wrong, refused, slowestMs } = traffic.ledger.report();
    figures.add(
      title,
      `${sent} sent, ${delivered} delivered, ${lost} lost, ${duplicates} duplicates, slowest ${seconds(slowestMs)} s`,
    );
    expect({ caughtUp, lost, stuck, wrong, refused }).toEqual({
      ...{ caughtUp: true, lost: 0, stuck: 0, wrong: 0, refused: 0 },
    });
    expect(sent).toBeGreaterThan(2 * SENDS_PER_SECOND);
    expect(await deadLettersOf(stack)).toEqual([]);
  } finally {
    await traffic.close();
  }
}
