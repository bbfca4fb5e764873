import { randomUUID } from "node:crypto";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { heartbeatsKey, LOST } from "./heartbeats.ts";

/** A field that no connection has. */
const WRITABLE = "writable";
/** `closing <processor> <connection>`: the field of a connection that a processor is closing. */
const CLOSING = "closing";

/** Three beats, of which a busy node may miss one. */
export const LOST_AFTER_MS = 15_000;

interface Beat {
  readonly value: string;
  /** When it was first read, by `performance.now()`. */
  readonly since: number;
}

/**
 * Closes connections of realtime nodes whose heartbeats have ended. Redis keeps a connection whose peer has vanished
 * for minutes, and counts its subscriptions as presence.
 *
 * A connection is lost when its beat stays the same while it is read again and again: no clocks are compared, and an
 * outage of Redis, during which nobody can beat, ends no connection.
 *
 * Redis says only once that it has closed a connection. So a processor first writes down that it is closing it, and when
 * it ends before it has told the others, one of them does.
 */
export class LostConnections {
  readonly #commands: RedisCommands;
  readonly #key: string;
  readonly #lostAfterMs: number;
  readonly #id = randomUUID();
  readonly #listeners: (() => void)[] = [];
  #beats: ReadonlyMap<string, Beat> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(commands: RedisCommands, keyPrefix: string, lostAfterMs: number = LOST_AFTER_MS) {
    this.#commands = commands;
    this.#key = heartbeatsKey(keyPrefix);
    this.#lostAfterMs = lostAfterMs;
  }

  /** Calls back when a connection was closed, by this process or another. */
  onLost(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Call it at intervals well below the time after which a connection is lost. Does nothing if nobody listens. */
  async check(): Promise<void> {
    if (this.#listeners.length === 0) return;
    const before = this.#beats;
    try {
      await this.#read();
    } catch (error) {
      // Perhaps nobody could beat: what was read before tells nothing.
      this.#beats = new Map();
      throw error;
    }
    const lost = await Promise.all(
      [...this.#beats].map(([field, beat]) => {
        if (field.startsWith(`${CLOSING} `)) return this.#finishClosing(field, beat);
        // Told by another process.
        if (beat.value === LOST && before.get(field)?.value !== LOST) return true;
        return this.#closeIfLost(field, beat);
      }),
    );
    if (lost.includes(true)) for (const listener of this.#listeners) listener();
  }

  async #read(): Promise<void> {
    const [fields] = await Promise.all([
      this.#commands.run("hgetall", this.#key),
      // When Redis is full, it can be read but not written.
      this.#commands.run("hset", this.#key, WRITABLE, ""),
    ]);
    const { [WRITABLE]: _, ...beats } = fields as Record<string, string>;
    const now = performance.now();
    // Who could not read for a while does not know whether others could beat.
    const before = now - this.#readAt < this.#lostAfterMs ? this.#beats : new Map<string, Beat>();
    this.#readAt = now;
    this.#beats = new Map(
      Object.entries(beats).map(([connection, value]) => {
        const known = before.get(connection);
        return [connection, known?.value === value ? known : { value, since: now }];
      }),
    );
  }

  /** @returns whether it did */
  async #closeIfLost(connection: string, { value, since }: Beat): Promise<boolean> {
    const silentMs = performance.now() - since;
    if (silentMs < this.#lostAfterMs) return false;
    // It was closed long ago, by whomever.
    if (value === LOST || silentMs > 3 * this.#lostAfterMs) {
      await this.#commands.run("hdel", this.#key, connection);
      return false;
    }
    const closing = `${CLOSING} ${this.#id} ${connection}`;
    await this.#commands.run("hset", this.#key, closing, performance.now());
    const wasOpen = await this.#kill(connection);
    if (wasOpen) await this.#commands.run("hset", this.#key, connection, LOST);
    await this.#commands.run("hdel", this.#key, closing);
    return wasOpen;
  }

  /** @returns whether it did: who wanted to close the connection has ended, perhaps just after it was closed */
  async #finishClosing(closing: string, { since }: Beat): Promise<boolean> {
    if (performance.now() - since < this.#lostAfterMs) return false;
    const connection = closing.split(" ").slice(2).join(" ");
    await this.#kill(connection);
    await this.#commands.run("hset", this.#key, connection, LOST);
    await this.#commands.run("hdel", this.#key, closing);
    return true;
  }

  /** @returns whether the connection was open */
  async #kill(connection: string): Promise<boolean> {
    const [node = "", id = "", address = ""] = connection.split(" ");
    // The address as well: after a restart of Redis, another connection can have the ID. A node that is down has none.
    const closed = await this.#commands
      .runAt(node, "client", "kill", "id", id, "addr", address)
      .catch(() => 0);
    return Number(closed) > 0;
  }
}
