import { randomUUID } from "node:crypto";
import type { DeviceAddress } from "@dumbwaiter/core";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { BY_GROUP, RESYNC_GROUPS, resyncGroupOfDevice, resyncKey, sharedResyncKey } from "./resync-groups.ts";

const DEADLINE_MS = 5_000;

const ALL_GROUPS = Array.from({ length: RESYNC_GROUPS }, (_, group) => group);

/** Changes the resync values that realtime nodes look at. */
export class ResyncRaises {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  /** The last shared value that was written, if it is known what it replaced. Its raise may be tried again. */
  #shared: { readonly id: string; readonly hidesOther: boolean } | undefined;

  constructor(commands: RedisCommands, keyPrefix: string) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
  }

  /**
   * @param devices that may have missed deliveries; all by default
   * @param id of the raise, the same when it is tried again. Random by default: a counter could return to an old value
   *   after Redis has lost its data.
   * @throws UnavailableError when some values may not have changed
   */
  async raise(devices?: readonly DeviceAddress[], id: string = randomUUID()): Promise<void> {
    const groups = devices?.map((address) => resyncGroupOfDevice(this.#keyPrefix, address)) ?? ALL_GROUPS;
    const raises = [this.#raiseGroups(new Set(groups), id), this.#raiseShared(id)];
    await this.#commands.within(DEADLINE_MS, Promise.all(raises));
  }

  async #raiseGroups(groups: Iterable<number>, id: string): Promise<void> {
    const keys = [...groups].map((group) => resyncKey(this.#keyPrefix, group));
    await Promise.all(keys.map((key) => this.#commands.run("set", key, id)));
  }

  /**
   * For nodes of the version before, whose processors raise it as well, for all devices. Who replaces such a value
   * raises all groups, because nodes of this version may not have read it.
   */
  async #raiseShared(id: string): Promise<void> {
    if (this.#shared?.id !== id) {
      const value = BY_GROUP + id;
      const before = await this.#commands.run("set", sharedResyncKey(this.#keyPrefix), value, "GET");
      // Its own is from an attempt whose answer was lost.
      const isByGroup = typeof before !== "string" || (before !== value && before.startsWith(BY_GROUP));
      this.#shared = { id, hidesOther: !isByGroup };
    }
    if (this.#shared.hidesOther) await this.#raiseGroups(ALL_GROUPS, id);
  }
}
