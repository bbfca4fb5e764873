import {
  type Clock,
  type DeviceAddress,
  deviceRoom,
  PUSH_INTERVAL_MS,
  type PushThrottle,
} from "@dumbwaiter/core";
import { LRUCache } from "lru-cache";

/** The least recently used are forgotten, which gives them their turn back. */
const MAX_DEVICES = 50_000;

/** The push throttle of a single process, in bounded memory. */
export class InMemoryPushThrottle implements PushThrottle {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #nextTurnAt = new LRUCache<string, number>({ max: MAX_DEVICES });

  constructor(clock: Clock, intervalMs = PUSH_INTERVAL_MS) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  async admit(devices: readonly DeviceAddress[]): Promise<boolean[]> {
    const now = this.#clock.now();
    return devices.map((address) => {
      const key = deviceRoom(address);
      if ((this.#nextTurnAt.get(key) ?? 0) > now) return false;
      this.#nextTurnAt.set(key, now + this.#intervalMs);
      return true;
    });
  }

  async lift(address: DeviceAddress): Promise<void> {
    this.#nextTurnAt.delete(deviceRoom(address));
  }
}
