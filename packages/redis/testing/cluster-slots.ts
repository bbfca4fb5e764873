import type { Server } from "@dumbwaiter/dev-env/servers";
import { withRedis } from "@dumbwaiter/dev-env/servers/redis";
import { Command, type Redis } from "ioredis";

export function slotOf(channel: string): number {
  return new Command("spublish", [channel]).getSlot();
}

/** Gives slots that hold no keys to another node of the cluster, as a resharding does. */
export async function moveSlots(
  slots: readonly number[],
  from: Server,
  to: Server,
  nodes: readonly Server[],
): Promise<void> {
  const id = await withRedis(to.port, async (redis) => {
    // When two nodes claim a slot, the others believe the one with the later epoch.
    await redis.call("CLUSTER", "BUMPEPOCH");
    return String(await redis.call("CLUSTER", "MYID"));
  });
  // The old owner last: until then it serves the slots.
  for (const node of [to, ...nodes.filter((other) => other !== to && other !== from), from]) {
    await withRedis(node.port, (redis) => assign(redis, slots, id));
  }
}

/** The slots that a node owns. */
export async function ownedSlots(node: Server): Promise<Set<number>> {
  const line = await withRedis(node.port, async (redis) => {
    const nodes = String(await redis.call("CLUSTER", "NODES"));
    return nodes.split("\n").find((candidate) => candidate.includes("myself")) ?? "";
  });
  const owned = new Set<number>();
  for (const range of line.split(" ").slice(8)) {
    const [first = "", last = first] = range.split("-");
    for (let slot = Number(first); slot <= Number(last); slot += 1) owned.add(slot);
  }
  return owned;
}

async function assign(redis: Redis, slots: readonly number[], id: string): Promise<void> {
  await Promise.all(slots.map((slot) => redis.call("CLUSTER", "SETSLOT", slot, "NODE", id)));
}
