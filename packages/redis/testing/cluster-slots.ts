import type { Server, ServerAddress } from "@dumbwaiter/dev-env/servers";
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

/** While `work` runs, the slot moves to another node, which alone has what is written meanwhile. */
export async function whileMoving(
  slot: number,
  nodes: readonly Pick<ServerAddress, "port">[],
  work: () => Promise<void>,
): Promise<void> {
  const owns = await Promise.all(nodes.map(async (node) => (await ownedSlots(node)).has(slot)));
  const from = nodes[owns.indexOf(true)]?.port as number;
  const to = nodes[owns.indexOf(false)]?.port as number;
  const call = (port: number, ...command: string[]) =>
    withRedis(port, async (redis) => String(await redis.call("CLUSTER", ...(command as [string]))));
  const [fromId, toId] = [await call(from, "MYID"), await call(to, "MYID")];
  await call(to, "SETSLOT", String(slot), "IMPORTING", fromId);
  await call(from, "SETSLOT", String(slot), "MIGRATING", toId);
  try {
    await work();
  } finally {
    for (const port of [from, to]) await call(port, "SETSLOT", String(slot), "STABLE");
  }
}

/** The slots that a node owns. */
export async function ownedSlots(node: Pick<ServerAddress, "port">): Promise<Set<number>> {
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
