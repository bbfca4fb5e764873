import type { RedisNode } from "@dumbwaiter/service/settings";

/** Identifies a node. */
export function nodeKey({ host, port }: RedisNode): string {
  return `${host}:${port}`;
}
