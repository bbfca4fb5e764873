import { setTimeout as sleep } from "node:timers/promises";
import type { CallOptions } from "@dumbwaiter/client";
import type { WireUser } from "@dumbwaiter/wire-user";
import type { Ledger } from "./ledger.ts";

const PAGE = 500;
/** The next turn is the next attempt. */
const ONE_ATTEMPT: CallOptions = { timeoutMs: 0 };
const PULL_PAUSE_MS = 50;
/** Pullers idle for this share of the time: a query costs Firestore's emulator CPU for every document that ever existed. */
const PULL_IDLE_SHARE = 0.75;

export interface PullingDevice {
  readonly user: WireUser;
  readonly ledger: Ledger;
}

/**
 * Pulls for one device after the other, again and again, and records and acknowledges what it gets, until the signal
 * aborts. How long a device waits for a turn says nothing about the router: what counts is the last pull that returned
 * without the message.
 */
export async function pullInTurn(devices: readonly PullingDevice[], signal: AbortSignal): Promise<void> {
  const askedAt = new Map<WireUser, number>();
  for (const { user, ledger } of devices) ledger.isPresent(user.name, performance.now());
  while (!signal.aborted) {
    for (const { user, ledger } of devices) {
      const startedAt = performance.now();
      let isLast = false;
      while (!signal.aborted && !isLast) {
        // After an outage the device gets another turn.
        isLast = await pullOnce(user, ledger, askedAt.get(user) ?? 0, ONE_ATTEMPT).catch(() => true);
        askedAt.set(user, performance.now());
      }
      const tookMs = performance.now() - startedAt;
      const pauseMs = Math.max(PULL_PAUSE_MS, (tookMs * PULL_IDLE_SHARE) / (1 - PULL_IDLE_SHARE));
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}

/**
 * Pulls one page, records it as waited for until `at`, and acknowledges it.
 *
 * @returns whether it was the last
 */
export async function pullOnce(
  user: WireUser,
  ledger: Ledger,
  at: number,
  options: CallOptions = {},
): Promise<boolean> {
  const client = user.httpClient();
  const { messages, hasMore } = await client.pull({ ...options, limit: PAGE });
  for (const message of messages) ledger.receives(user.name, message, at);
  if (messages.length > 0)
    await client.ack(
      messages.map(({ id }) => id),
      options,
    );
  return !hasMore;
}
