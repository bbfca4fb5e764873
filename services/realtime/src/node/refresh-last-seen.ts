import type { Clock, DeviceRegistry } from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { OpenSession } from "../session/open-session.ts";

interface LastSeenOptions {
  readonly sessions: () => Iterable<OpenSession>;
  readonly devices: DeviceRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly touchMs: number;
}

/** Checks within the time between two writes. */
const CHECKS = 24;

/** Refreshes lastSeen of devices with open sockets, so that the sweep spares them. @returns a function that stops it */
export function refreshLastSeen({ sessions, devices, clock, logger, touchMs }: LastSeenOptions): () => void {
  let busy = false;

  async function touch(session: OpenSession): Promise<void> {
    // Looked up first: registering would bring a removed device back.
    if (!(await session.isRegistered())) return session.end("device_removed");
    await devices.register(session.address);
    session.touchedAt = clock.now();
  }

  async function touchAll(): Promise<void> {
    for (const session of [...sessions()]) {
      if (clock.now() - session.touchedAt >= touchMs) await touch(session);
    }
  }

  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    touchAll()
      .catch((err) => logger.warn({ err }, "failed to refresh lastSeen; will retry"))
      .finally(() => {
        busy = false;
      });
  }, touchMs / CHECKS).unref();
  return () => clearInterval(timer);
}
