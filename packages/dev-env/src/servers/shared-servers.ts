import type { ServerAddress } from "./server.ts";

/** The broker's address for test files; set by Jest's global set-up. */
export const BROKER_VARIABLE = "DUMBWAITER_TEST_SERVERS";

/*
 * Servers that all test files of one Jest run share. The first request starts one, the end of the run stops it. Use
 * names from `uniqueName`, and do not stop these servers: a test that kills starts its own.
 */
export const sharedRedis = () => shared<ServerAddress>("redis");
export const sharedRedisCluster = () => shared<{ url: string; nodes: ServerAddress[] }>("redis-cluster");
export const sharedPubSubEmulator = () => shared<ServerAddress>("pubsub");
export const sharedFirestoreEmulator = () => shared<ServerAddress>("firestore");

/** What all services together depend on. */
export async function sharedServers() {
  const [redis, pubsub, firestore] = await Promise.all([
    sharedRedis(),
    sharedPubSubEmulator(),
    sharedFirestoreEmulator(),
  ]);
  return { redis, pubsub, firestore };
}

/** @throws if the server does not start, or outside Jest */
export async function shared<T>(name: string): Promise<T> {
  const broker = process.env[BROKER_VARIABLE];
  if (!broker) throw new Error(`${BROKER_VARIABLE} is not set: run this file with Jest`);
  const response = await fetch(`${broker}/${name}`);
  const body = await response.text();
  if (!response.ok) throw new Error(body);
  return JSON.parse(body) as T;
}
