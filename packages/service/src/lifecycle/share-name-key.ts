import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs, DAY_MS, type NameHash, type NameKeys, nameHash, nameKey } from "@dumbwaiter/core";
import { gauge } from "../telemetry/metrics.ts";
import type { ServiceContext } from "./run-main.ts";

/** The age at which a key is replaced. */
const MAX_AGE_MS = 30 * DAY_MS;

/** How often each process looks whether the key is still the same. */
const INTERVAL_MS = 5 * 60_000;

/** How long a start waits for the key before it continues without. */
const START_GRACE_MS = 3_000;

const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };

type Context = Pick<ServiceContext, "lifecycle" | "logger" | "registry">;

/**
 * Hashes with the installation's key, and looks for a new one until the process stops. Until there is one, it hashes
 * with a key of this process alone: its limits then hold for itself, as if it had Redis to itself.
 */
export async function shareNameKey(
  { lifecycle, logger, registry }: Context,
  keys: NameKeys,
  intervalMs = INTERVAL_MS,
): Promise<NameHash> {
  const shared = gauge(registry, {
    name: "dumbwaiter_limits_shared",
    help: "1 if the process hashes names in limits with the installation's key, 0 if with one of its own",
  });
  const stopping = new AbortController();
  lifecycle.onStop("clients", "key of names", () => stopping.abort());
  let hashOf = nameHash(nameKey());
  let isShared: boolean | undefined;

  async function look(): Promise<void> {
    try {
      hashOf = nameHash(await keys.current(Date.now() - MAX_AGE_MS));
      if (isShared === false) logger.info("limits are shared with the other processes");
      isShared = true;
      shared.set(1);
    } catch (error) {
      // With the last key that was read, the limits go on being shared.
      if (isShared === undefined) {
        logger.warn({ err: error }, "limits hold for this process alone: the key of names cannot be read");
        isShared = false;
        shared.set(0);
      }
      throw error;
    }
  }

  /** @returns how many times in a row it has failed now */
  const failuresAfter = (failures: number) =>
    look().then(
      () => 0,
      () => failures + 1,
    );

  async function keepLooking(failures: number): Promise<void> {
    while (!stopping.signal.aborted) {
      const waitMs = failures === 0 ? intervalMs : backoffMs(BACKOFF, failures - 1);
      await sleep(waitMs, undefined, { signal: stopping.signal, ref: false });
      failures = await failuresAfter(failures);
    }
  }

  const first = failuresAfter(0);
  // It ends when the process stops.
  void first.then(keepLooking).catch(() => {});
  await Promise.race([first, sleep(START_GRACE_MS, undefined, { ref: false })]);
  return (name) => hashOf(name);
}
