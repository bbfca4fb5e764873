import { type Clock, deviceRoom, PUSH_INTERVAL_MS, type PushThrottle } from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

/** Those least lately asked for are forgotten, which gives them their turn back. */
const MAX_DEVICES = 50_000;

/** The push throttle of a single process, in bounded memory. */
export function createInMemoryPushThrottle(clock: Clock, intervalMs = PUSH_INTERVAL_MS): PushThrottle {
  const nextTurnAt = new LRUCache<string, number>({ max: MAX_DEVICES });

  return {
    async admit(devices) {
      const now = clock.now();
      return devices.map((address) => {
        const key = deviceRoom(address);
        if ((nextTurnAt.get(key) ?? 0) > now) return false;
        nextTurnAt.set(key, now + intervalMs);
        return true;
      });
    },
    async lift(address) {
      nextTurnAt.delete(deviceRoom(address));
    },
  };
}
