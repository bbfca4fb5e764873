import { type DeviceAddress, deviceRoom, PUSH_INTERVAL_MS, type PushThrottle } from "@dumbwaiter/core";
import { withDeadline } from "../connection/deadline.ts";
import { keyName } from "../connection/key-name.ts";
import type { RedisCommands } from "../connection/redis-commands.ts";

const DEADLINE_MS = 1_000;

interface Timings {
  readonly pushIntervalMs?: number | undefined;
  readonly limitsDeadlineMs?: number | undefined;
}

/** One key per device that has had its turn, which expires when the next turn comes. */
export class RedisPushThrottle implements PushThrottle {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #onUnavailable: () => void;
  readonly #intervalMs: number;
  readonly #deadlineMs: number;

  constructor(
    commands: RedisCommands,
    keyPrefix: string,
    onUnavailable: () => void,
    { pushIntervalMs = PUSH_INTERVAL_MS, limitsDeadlineMs = DEADLINE_MS }: Timings,
  ) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#onUnavailable = onUnavailable;
    this.#intervalMs = pushIntervalMs;
    this.#deadlineMs = limitsDeadlineMs;
  }

  async admit(devices: readonly DeviceAddress[]): Promise<boolean[]> {
    const turns = devices.map((device) =>
      this.#commands.run("set", this.#key(device), "", "PX", this.#intervalMs, "NX"),
    );
    return await Promise.all(
      turns.map((turn) => withDeadline(turn, this.#deadlineMs).then((answer) => answer === "OK", this.#open)),
    );
  }

  async lift(address: DeviceAddress): Promise<void> {
    await withDeadline(this.#commands.run("del", this.#key(address)), this.#deadlineMs).catch(this.#open);
  }

  readonly #open = () => {
    this.#onUnavailable();
    return true;
  };

  #key(address: DeviceAddress): string {
    return keyName(this.#keyPrefix, `pushed:${deviceRoom(address)}`);
  }
}
