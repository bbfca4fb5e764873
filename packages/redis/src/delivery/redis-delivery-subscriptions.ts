import {
  type DeliverySubscriptions,
  type DeviceAddress,
  type Poke,
  UnavailableError,
} from "@dumbwaiter/core";
import type { RedisTarget } from "@dumbwaiter/service/settings";
import { withDeadline } from "../connection/deadline.ts";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { openSubscriberConnection } from "../connection/redis-connections.ts";
import { probeChannel } from "../connection/redis-rights.ts";
import { ShardConnection } from "../connection/shard-connection.ts";
import { readOwners, type ShardOwners, singleOwner } from "../connection/shard-owners.ts";
import { deliveryChannel } from "./delivery-channel.ts";
import { resyncKey } from "./redis-delivery-bus.ts";

export type ChannelHandler = (message: Buffer, channel: Buffer) => void;

const MAX_PROBE_NAMES = 20_000;
const CONFIRM_DEADLINE_MS = 5_000;

/** Signs of a loss tend to come once per shard; together they cause one resync. */
const COALESCE_MS = 250;

/**
 * The subscriptions of a realtime node, on one connection for each shard.
 *
 * ioredis has its own sharded subscribers for clusters, but they do not tell which connection a subscription is on,
 * whether it is confirmed, or whether that connection still carries anything.
 */
export class RedisDeliverySubscriptions implements DeliverySubscriptions {
  readonly #target: RedisTarget;
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #onChange: () => void;
  readonly #handlers = new Map<string, ChannelHandler>();
  readonly #shards = new Map<string, ShardConnection>();
  readonly #listeners: (() => void)[] = [];
  readonly #pokeListeners: ((poke: Poke) => void)[] = [];
  #owners: ShardOwners | undefined;
  #refreshing: Promise<void> | undefined;
  #missedTimer: NodeJS.Timeout | undefined;
  #resyncValue: unknown;
  #checkFailed = false;
  #closed = false;

  /** @param onChange called when a connection opens or closes */
  constructor(target: RedisTarget, commands: RedisCommands, keyPrefix: string, onChange: () => void) {
    this.#target = target;
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#onChange = onChange;
    if (!target.cluster) this.#adopt(singleOwner(target));
  }

  /** Subscribes as soon as the channel's shard can be reached. */
  subscribe(channel: string, handler: ChannelHandler): void {
    this.#handlers.set(channel, handler);
    // If this fails, the shard subscribes when it has reconnected, and `confirm` tells its caller.
    this.#shardOf(channel)
      ?.subscribe(channel)
      .catch(() => {});
  }

  unsubscribe(channel: string): void {
    this.#handlers.delete(channel);
    this.#shardOf(channel)?.unsubscribe(channel);
  }

  async confirm(address: DeviceAddress): Promise<void> {
    const channel = deliveryChannel(this.#keyPrefix, address);
    try {
      await withDeadline(this.#confirm(channel), CONFIRM_DEADLINE_MS);
    } catch (cause) {
      throw new UnavailableError("redis", cause);
    }
  }

  onMissed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  onPoked(listener: (poke: Poke) => void): void {
    this.#pokeListeners.push(listener);
  }

  /** A poke came over one of the subscriptions. */
  poked(poke: Poke): void {
    for (const listener of this.#pokeListeners) listener(poke);
  }

  /**
   * Throws unless a subscription on the connection to each shard is confirmed. Nothing else reveals a half-open connection, which is closed
   * because it owes this reply.
   */
  async check(): Promise<void> {
    try {
      await this.#refresh();
      const probes = [...this.#shards].map(([key, shard]) => shard.probe(this.#probeChannelOf(key)));
      await Promise.all(probes);
      await this.#readResync();
    } catch (error) {
      // Without subscriptions nothing can be missed.
      if (this.#handlers.size > 0) this.#checkFailed = true;
      throw error;
    }
    if (this.#checkFailed) this.#missed();
    this.#checkFailed = false;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#missedTimer);
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  async #confirm(channel: string): Promise<void> {
    const shard = this.#shardOf(channel);
    try {
      await this.#confirmAt(shard, channel);
    } catch (error) {
      if (!this.#target.cluster) throw error;
      await this.#refresh();
      const owner = this.#shardOf(channel);
      if (owner === shard) throw error;
      await this.#confirmAt(owner, channel);
    }
  }

  /** A channel without sockets is not subscribed to again, which would count as a presence. */
  async #confirmAt(shard: ShardConnection | undefined, channel: string): Promise<void> {
    if (shard === undefined) throw new Error("No Redis node owns the hash slot");
    await (this.#handlers.has(channel) ? shard.subscribe(channel) : shard.ping());
  }

  /** Each node owns many slots, so that one of a few names is its. */
  #probeChannelOf(key: string): string {
    for (let attempt = 0; attempt < MAX_PROBE_NAMES; attempt += 1) {
      const channel = probeChannel(this.#keyPrefix, String(attempt));
      if (this.#owners?.ownerOf(channel) === key) return channel;
    }
    throw new Error("A Redis node owns too few hash slots to probe it");
  }

  #shardOf(channel: string): ShardConnection | undefined {
    return this.#shards.get(this.#owners?.ownerOf(channel) ?? "");
  }

  async #refresh(): Promise<void> {
    if (!this.#target.cluster || this.#closed) return;
    this.#refreshing ??= readOwners(this.#commands)
      .then((owners) => this.#adopt(owners))
      .finally(() => {
        this.#refreshing = undefined;
      });
    await this.#refreshing;
  }

  /** Connects to new nodes, disconnects from those that own nothing any more, and moves channels between owners. */
  #adopt(owners: ShardOwners): void {
    if (this.#closed || owners.fingerprint === this.#owners?.fingerprint) return;
    const before = this.#owners;
    this.#owners = owners;
    for (const [key, shard] of this.#shards) {
      if (owners.nodes.has(key)) continue;
      shard.close();
      this.#shards.delete(key);
    }
    const gaining = new Set<string>();
    for (const channel of this.#handlers.keys()) {
      const owner = owners.ownerOf(channel);
      if (owner !== undefined && owner !== before?.ownerOf(channel)) gaining.add(owner);
    }
    for (const [key, node] of owners.nodes) {
      const shard = this.#shards.get(key);
      if (shard === undefined) this.#shards.set(key, this.#connect(key, node, before === undefined));
      else if (gaining.has(key)) void shard.restore();
    }
  }

  /** @param isFirst there were no subscriptions before, so nothing can have been missed when it is ready */
  #connect(key: string, node: { host: string; port: number }, isFirst: boolean): ShardConnection {
    let mayHaveMissed = !isFirst;
    const handlers = this.#handlers;
    const wanted = () => [...handlers.keys()].filter((channel) => this.#owners?.ownerOf(channel) === key);
    const refresh = () => void this.#refresh().catch(() => {}); // the next check tries again
    return new ShardConnection(openSubscriberConnection(this.#target, node), {
      wanted,
      message: (channel, message) => handlers.get(channel.toString())?.(message, channel),
      restored: () => {
        if (mayHaveMissed) this.#missed();
        mayHaveMissed = true;
        this.#onChange();
      },
      moved: refresh,
      lost: () => {
        refresh();
        this.#onChange();
      },
    });
  }

  async #readResync(): Promise<void> {
    const value = await this.#commands.run("get", resyncKey(this.#keyPrefix));
    if (this.#resyncValue !== undefined && this.#resyncValue !== value) this.#missed();
    this.#resyncValue = value;
  }

  #missed(): void {
    if (this.#closed) return;
    this.#missedTimer ??= setTimeout(() => {
      this.#missedTimer = undefined;
      for (const listener of this.#listeners) listener();
    }, COALESCE_MS);
  }
}
