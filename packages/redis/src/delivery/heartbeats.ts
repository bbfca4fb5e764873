import { keyName } from "../connection/key-name.ts";

/**
 * The hash of the heartbeats of all connections with subscriptions. A field is `<host>:<port> <id> <address>`: the Redis
 * node, and what it calls the connection. Its value changes with each beat.
 */
export function heartbeatsKey(keyPrefix: string): string {
  return keyName(keyPrefix, "heartbeats");
}

/** In place of a beat: the connection was closed because it had none. */
export const LOST = "lost";
