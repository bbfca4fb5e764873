import type { RedisCommands } from "../connection/redis-commands.ts";
import { BY_GROUP, RESYNC_GROUPS, resyncGroupOf, resyncKey, sharedResyncKey } from "./resync-groups.ts";

/** The resync values as a realtime node last read them. */
export class ResyncValues {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #onMissed: (isMissed: (slot: number) => boolean) => void;
  /** By group. A value that could not be read may have been lost with its shard. */
  readonly #values = new Map<number, unknown>();
  #shared: unknown;

  /** @param onMissed told of the hash slots whose devices may have missed deliveries */
  constructor(
    commands: RedisCommands,
    keyPrefix: string,
    onMissed: (isMissed: (slot: number) => boolean) => void,
  ) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#onMissed = onMissed;
  }

  /** @throws when one of them cannot be read */
  async check(): Promise<void> {
    const groups = Array.from({ length: RESYNC_GROUPS }, (_, group) => this.#checkGroup(group));
    const results = await Promise.allSettled([...groups, this.#checkShared()]);
    const changed = new Set<unknown>();
    for (const result of results) if (result.status === "fulfilled") changed.add(result.value);
    if (changed.has("all")) this.#onMissed(() => true);
    else this.#onMissed((slot) => changed.has(resyncGroupOf(slot)));
    const failed = results.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  /** @returns the group, if its devices may have missed deliveries */
  async #checkGroup(group: number): Promise<number | undefined> {
    const before = this.#values.get(group);
    try {
      const value = await this.#commands.run("get", resyncKey(this.#keyPrefix, group));
      this.#values.set(group, value);
      return before !== undefined && before !== value ? group : undefined;
    } catch (error) {
      if (before !== undefined) this.#values.set(group, UNREAD);
      throw error;
    }
  }

  /** A value of this version comes with others by group. */
  async #checkShared(): Promise<"all" | undefined> {
    const before = this.#shared;
    const value = await this.#commands.run("get", sharedResyncKey(this.#keyPrefix));
    this.#shared = value;
    if (before === undefined || before === value) return undefined;
    return typeof value === "string" && !value.startsWith(BY_GROUP) ? "all" : undefined;
  }
}

const UNREAD = Symbol("unread");
