import { setTimeout as sleep } from "node:timers/promises";
import {
  type DeliverySubscriptions,
  type DeviceAddress,
  type MayHaveMissed,
  type Poke,
  UnavailableError,
} from "@dumbwaiter/core";
import { withDeadline } from "../connection/deadline.ts";
import { isMoved, SlotSet } from "../connection/hash-slots.ts";
import type { RedisCommands } from "../connection/redis-commands.ts";
import { openSubscriberConnection, type RedisAccess } from "../connection/redis-connections.ts";
import { probeChannel } from "../connection/redis-rights.ts";
import { ShardConnection } from "../connection/shard-connection.ts";
import { readOwners, type ShardOwners, singleOwner } from "../connection/shard-owners.ts";
import { deliveryChannel } from "./delivery-channel.ts";
import { heartbeatsKey } from "./heartbeats.ts";
import { MissedSlots } from "./missed-slots.ts";
import { ResyncValues } from "./resync-values.ts";

export type ChannelHandler = (message: Buffer, channel: Buffer) => void;

const MAX_PROBE_NAMES = 20_000;
const CONFIRM_DEADLINE_MS = 5_000;

/** While a slot moves, the nodes disagree for a moment about who owns it. */
const DISAGREEMENT_MS = 50;

/**
 * The subscriptions of a realtime node, on one connection for each shard.
 *
 * ioredis has its own sharded subscribers for clusters, but they do not tell which connection a subscription is on,
 * whether it is confirmed, or whether that connection still carries anything.
 */
export class RedisDeliverySubscriptions implements DeliverySubscriptions {
  readonly #target: RedisAccess;
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #onChange: () => void;
  readonly #handlers = new Map<string, ChannelHandler>();
  readonly #shards = new Map<string, ShardConnection>();
  readonly #pokeListeners: ((poke: Poke) => void)[] = [];
  #owners: ShardOwners | undefined;
  #refreshing: Promise<void> | undefined;
  readonly #missed: MissedSlots;
  /** Of each shard, the slots whose devices have missed what came before it is subscribed to all again. */
  readonly #unsubscribed = new Map<string, SlotSet>();
  /** Shards that failed their last check. */
  readonly #failed = new Set<string>();
  readonly #resyncValues: ResyncValues;
  #beats = 0;
  #closed = false;

  /** @param onChange called when a connection opens or closes */
  constructor(target: RedisAccess, commands: RedisCommands, keyPrefix: string, onChange: () => void) {
    this.#target = target;
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#onChange = onChange;
    this.#missed = new MissedSlots(keyPrefix);
    this.#resyncValues = new ResyncValues(commands, keyPrefix, (isMissed) => this.#addMissed(isMissed));
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

  onMissed(listener: (mayHaveMissed: MayHaveMissed) => void): void {
    this.#missed.onMissed(listener);
  }

  onPoked(listener: (poke: Poke) => void): void {
    this.#pokeListeners.push(listener);
  }

  /** A poke came over one of the subscriptions. */
  poked(poke: Poke): void {
    for (const listener of this.#pokeListeners) listener(poke);
  }

  /**
   * Throws unless a subscription on the connection to each shard is confirmed. Nothing else reveals a half-open
   * connection, which is closed because it owes this reply.
   */
  async check(): Promise<void> {
    const checks = [this.#checkShards(), this.#resyncValues.check()];
    const failed = (await Promise.allSettled(checks)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  close(): void {
    this.#closed = true;
    this.#missed.close();
    for (const shard of this.#shards.values()) shard.close();
    this.#shards.clear();
  }

  async #confirm(channel: string): Promise<void> {
    const giveUpAt = performance.now() + CONFIRM_DEADLINE_MS;
    for (;;) {
      const shard = this.#shardOf(channel);
      try {
        return await this.#confirmAt(shard, channel);
      } catch (error) {
        if (!this.#target.cluster || this.#closed || performance.now() > giveUpAt) throw error;
        // What a refresh under way was told may be older than the refusal.
        await this.#refreshing?.catch(() => {});
        await this.#refresh();
        if (this.#shardOf(channel) !== shard) continue;
        if (!isMoved(error as Error)) throw error;
        await sleep(DISAGREEMENT_MS);
      }
    }
  }

  async #checkShards(): Promise<void> {
    try {
      await this.#refresh();
    } catch (error) {
      for (const key of this.#shards.keys()) this.#failed.add(key);
      throw error;
    }
    await Promise.all([...this.#shards].map(([key, shard]) => this.#checkShard(key, shard)));
  }

  /** Beats for the connection only once it has shown that it carries messages. */
  async #checkShard(key: string, shard: ShardConnection): Promise<void> {
    try {
      await shard.probe(this.#probeChannelOf(key));
    } catch (error) {
      this.#failed.add(key);
      throw error;
    }
    if (this.#failed.delete(key)) this.#addMissed(this.#slotsOf(key));
    this.#beats += 1;
    const connection = `${key} ${await shard.identity()}`;
    await this.#commands.run("hset", heartbeatsKey(this.#keyPrefix), connection, this.#beats);
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
      // Its slots have new owners, which resync their devices.
      this.#unsubscribed.delete(key);
      this.#failed.delete(key);
    }
    const gaining = new Set<string>();
    for (const channel of this.#handlers.keys()) {
      const owner = owners.ownerOf(channel);
      if (owner !== undefined && owner !== before?.ownerOf(channel)) gaining.add(owner);
    }
    for (const key of gaining) {
      const gained = (slot: number) => owners.ownerOfSlot(slot) === key && before?.ownerOfSlot(slot) !== key;
      this.#unsubscribedOf(key).add(gained);
    }
    for (const [key, node] of owners.nodes) {
      const shard = this.#shards.get(key);
      if (shard === undefined) this.#shards.set(key, this.#connect(key, node));
      else if (gaining.has(key)) void shard.restore();
    }
  }

  #connect(key: string, node: { host: string; port: number }): ShardConnection {
    const handlers = this.#handlers;
    const wanted = () => [...handlers.keys()].filter((channel) => this.#owners?.ownerOf(channel) === key);
    const refresh = () => void this.#refresh().catch(() => {}); // the next check tries again
    return new ShardConnection(openSubscriberConnection(this.#target, node), {
      wanted,
      message: (channel, message) => handlers.get(channel.toString())?.(message, channel),
      restored: () => {
        const slots = this.#unsubscribedOf(key);
        this.#unsubscribed.delete(key);
        this.#addMissed((slot) => slots.has(slot));
        this.#onChange();
      },
      moved: refresh,
      lost: () => {
        if (handlers.size > 0) this.#unsubscribedOf(key).add(this.#slotsOf(key));
        refresh();
        this.#onChange();
      },
    });
  }

  #unsubscribedOf(key: string): SlotSet {
    const slots = this.#unsubscribed.get(key) ?? new SlotSet();
    this.#unsubscribed.set(key, slots);
    return slots;
  }

  #slotsOf(key: string): (slot: number) => boolean {
    const owners = this.#owners;
    return (slot) => owners?.ownerOfSlot(slot) === key;
  }

  /** Without subscriptions, nothing can be missed. */
  #addMissed(isMissed: (slot: number) => boolean): void {
    if (!this.#closed && this.#handlers.size > 0) this.#missed.add(isMissed);
  }
}
