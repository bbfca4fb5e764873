import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startFirestoreEmulator, startPubSubEmulator } from "./emulators.ts";
import { startRedis } from "./redis.ts";
import { startRedisCluster } from "./redis-cluster.ts";
import { LOOPBACK } from "./server.ts";

/** By name. Test files get what `JSON.stringify` makes of the server. */
type Starters = Readonly<Record<string, () => Promise<{ stop(): Promise<void> }>>>;

const STARTERS: Starters = {
  redis: () => startRedis(),
  "redis-cluster": () => startRedisCluster(),
  pubsub: () => startPubSubEmulator(),
  firestore: () => startFirestoreEmulator(),
};

interface ServerBroker {
  url: string;
  /** Stops the broker and every server that it started. */
  stop(): Promise<void>;
}

/** Answers `GET /<server>` with that server's address; starts it at the first request. */
export async function startServerBroker(more: Starters = {}): Promise<ServerBroker> {
  const starters = { ...STARTERS, ...more };
  const started = new Map<string, Promise<{ stop(): Promise<void> }>>();

  async function answer(name: string, response: ServerResponse): Promise<void> {
    // A kept connection could be closed just when a test file sends its next request.
    response.shouldKeepAlive = false;
    try {
      const start = starters[name];
      if (!start) throw new Error(`Unknown server ${name}`);
      const starting = started.get(name) ?? start();
      started.set(name, starting);
      response.end(JSON.stringify(await starting));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }

  const server = createServer((request, response) => void answer(request.url?.slice(1) ?? "", response));
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      const servers = await Promise.allSettled(started.values());
      await Promise.all(servers.map((s) => (s.status === "fulfilled" ? s.value.stop() : undefined)));
    },
  };
}
