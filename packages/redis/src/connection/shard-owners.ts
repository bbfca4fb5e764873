import type { RedisNode, RedisTarget } from "@dumbwaiter/service/settings";
import { SLOTS, slotOf } from "./hash-slots.ts";
import { nodeKey } from "./node-key.ts";
import type { RedisCommands } from "./redis-commands.ts";

/** Which node serves which channel. */
export interface ShardOwners {
  /** Equal for equal owners. */
  readonly fingerprint: string;
  /** By `host:port`. */
  readonly nodes: ReadonlyMap<string, RedisNode>;
  /** The key of the channel's node, or undefined while no node owns its slot. */
  ownerOf(channel: string): string | undefined;
  /** As `ownerOf`, for a hash slot. */
  ownerOfSlot(slot: number): string | undefined;
}

type SlotRange = [first: number, last: number, master: [host: string | null, port: number, ...unknown[]]];

/** A standalone Redis owns all channels. With Sentinels, the first of them stands for whichever is the master. */
export function singleOwner({ nodes }: RedisTarget): ShardOwners {
  const node = nodes[0] as RedisNode;
  const key = nodeKey(node);
  return { fingerprint: key, nodes: new Map([[key, node]]), ownerOf: () => key, ownerOfSlot: () => key };
}

/** Asks a Redis Cluster which node owns which slots. */
export async function readOwners(commands: RedisCommands): Promise<ShardOwners> {
  const nodes = new Map<string, RedisNode>();
  const owners = new Array<string | undefined>(SLOTS);
  for (const [first, last, [host, port]] of (await commands.run("cluster", "slots")) as SlotRange[]) {
    if (!host) continue;
    const key = nodeKey({ host, port });
    nodes.set(key, { host, port });
    owners.fill(key, first, last + 1);
  }
  const ownerOfSlot = (slot: number) => owners[slot];
  return {
    fingerprint: owners.join(),
    nodes,
    ownerOf: (channel) => ownerOfSlot(slotOf(channel)),
    ownerOfSlot,
  };
}
