import {
  chunksOf,
  type Delivery,
  type DeliveryBus,
  type DeviceAddress,
  PartlyDeliveredError,
  UnavailableError,
} from "@dumbwaiter/core";
import { withDeadline } from "../connection/deadline.ts";
import type { RedisCommands } from "../connection/redis-commands.ts";
import {
  deliveryChannel,
  deliveryPacket,
  nodeChannel,
  pokedNodeChannel,
  pokePacket,
  removalPacket,
} from "./delivery-channel.ts";
import type { LostConnections } from "./lost-connections.ts";
import { ResyncRaises } from "./resync-raises.ts";

const DEADLINE_MS = 5_000;

/** Adapters drop it, as a packet of no namespace. */
const EMPTY_PACKET = "{}";

/** Of a larger envelope the bus carries a poke. */
const MAX_CARRIED_BYTES = 64 * 1024;

/**
 * In one pipeline, which is awaited. What a node does not read in time waits in Redis, which drops a subscriber that
 * has over 32 MiB waiting, or over 8 MiB for a minute (`client-output-buffer-limit pubsub`).
 */
const MAX_PIPELINE_BYTES = 1024 * 1024;

/** A generous estimate of what surrounds an envelope. */
const OVERHEAD_BYTES = 500;

/**
 * Delivers through the channels of Socket.IO's sharded adapter. One SPUBLISH sends a message to every realtime node
 * that holds the device and returns their number; those of one call share pipelines per Redis node.
 *
 * A large ephemeral message cannot be read from a queue. It is carried whole, alone in its pipeline: one call has at
 * most one envelope of at most 900 KiB under way, and the sender's and the recipient's rates bound how many come.
 */
export class RedisDeliveryBus implements DeliveryBus {
  readonly #commands: RedisCommands;
  readonly #keyPrefix: string;
  readonly #lost: Pick<LostConnections, "onLost">;
  readonly #resyncRaises: ResyncRaises;

  constructor(commands: RedisCommands, keyPrefix: string, lost: Pick<LostConnections, "onLost">) {
    this.#commands = commands;
    this.#keyPrefix = keyPrefix;
    this.#lost = lost;
    this.#resyncRaises = new ResyncRaises(commands, keyPrefix);
  }

  async deliver(deliveries: readonly Delivery[]): Promise<number[]> {
    const first = await this.#publish(
      deliveries,
      (delivery) => (isPoked(delivery) ? pokePacket(delivery) : deliveryPacket(delivery)),
      (delivery) => (isPoked(delivery) ? OVERHEAD_BYTES : bytesWhole(delivery)),
    );
    const poked = deliveries.filter((delivery, index) => isPoked(delivery) && first.reached[index]);
    return counts(poked.length === 0 ? first : await this.#deliverWhole(deliveries, new Set(poked), first));
  }

  async closeDevices(devices: readonly DeviceAddress[]): Promise<void> {
    counts(await this.#publish(devices, removalPacket, () => OVERHEAD_BYTES));
  }

  raiseResync(devices?: readonly DeviceAddress[], id?: string): Promise<void> {
    return this.#resyncRaises.raise(devices, id);
  }

  async holders(devices: readonly DeviceAddress[]): Promise<number[]> {
    const empty = () => EMPTY_PACKET;
    return counts(await this.#publish(devices, empty, () => OVERHEAD_BYTES));
  }

  onNodeLost(listener: () => void): void {
    this.#lost.onLost(listener);
  }

  /**
   * Whether nodes of the version before, which drop pokes, run beside those of this version. The pokes came first: a
   * node that has joined since, and one that has left, have read or will read the queue.
   */
  async #someNodesIgnorePokes(): Promise<boolean> {
    const counts = [nodeChannel, pokedNodeChannel].map((channel) =>
      this.#commands.run("spublish", channel(this.#keyPrefix), EMPTY_PACKET),
    );
    const [nodes = 0, poked = 0] = (await this.#commands.within(DEADLINE_MS, Promise.all(counts))).map(
      Number,
    );
    return nodes > poked;
  }

  /** Sends what was poked whole as well, if there are nodes that drop pokes. */
  async #deliverWhole(
    deliveries: readonly Delivery[],
    poked: ReadonlySet<Delivery>,
    first: Published,
  ): Promise<Published> {
    let failure: unknown;
    try {
      if (!(await this.#someNodesIgnorePokes())) return first;
      ({ failure } = await this.#publish([...poked], deliveryPacket, bytesWhole));
    } catch (error) {
      failure = error;
    }
    if (failure === undefined) return first;
    const reached = first.reached.map((count, index) =>
      poked.has(deliveries[index] as Delivery) ? undefined : count,
    );
    return { reached, failure };
  }

  /** Goes on after a pipeline of which some commands failed, as they do when one shard is down; not after all failed. */
  async #publish<To extends DeviceAddress>(
    to: readonly To[],
    packetFor: (to: To) => string,
    bytesOf: (to: To) => number,
  ): Promise<Published> {
    const reached: (number | undefined)[] = to.map(() => undefined);
    let failure: unknown;
    let start = 0;
    for (const chunk of chunksOf(to, MAX_PIPELINE_BYTES, bytesOf)) {
      let succeeded = 0;
      const commands = chunk.map((each) => [deliveryChannel(this.#keyPrefix, each), packetFor(each)]);
      const first = start;
      const published = this.#commands.runEach("spublish", commands, (index, outcome) => {
        if (outcome instanceof Error) failure ??= outcome;
        else {
          reached[first + index] = Number(outcome);
          succeeded += 1;
        }
      });
      await withDeadline(published, DEADLINE_MS).catch((error) => {
        failure ??= error;
      });
      if (succeeded === 0) break;
      start += chunk.length;
    }
    return { reached: [...reached], failure };
  }
}

/** For each device, the number of nodes that were reached, if it is known; and why not. */
interface Published {
  readonly reached: readonly (number | undefined)[];
  readonly failure: unknown;
}

/** @throws UnavailableError when a count is unknown */
function counts({ reached, failure }: Published): number[] {
  const known = reached.filter((count) => count !== undefined);
  if (failure === undefined) return known;
  if (known.length === 0) throw new UnavailableError("redis", failure);
  throw new PartlyDeliveredError("redis", reached, failure);
}

function isPoked({ envelope, ephemeral }: Delivery): boolean {
  return envelope.length > MAX_CARRIED_BYTES && !ephemeral;
}

/** A large envelope fills a pipeline by itself. */
function bytesWhole({ envelope }: Delivery): number {
  return envelope.length > MAX_CARRIED_BYTES ? MAX_PIPELINE_BYTES : envelope.length + OVERHEAD_BYTES;
}
