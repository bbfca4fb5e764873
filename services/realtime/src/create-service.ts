import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@dumbwaiter/core";
import type { ServiceContext } from "@dumbwaiter/service";
import { createRealtime } from "./create-realtime.ts";
import type { RealtimeDependencies } from "./dependencies.ts";

/** What the deployment chooses; the rest comes with the process. */
export type RealtimeAdapters = Omit<RealtimeDependencies, "clock" | "logger" | "registry">;

export interface RealtimeService {
  /** Resolves once it listens, with the port. */
  start(): Promise<number>;
  /** Drains, then ends what is left. */
  stop(): Promise<void>;
}

/** Realtime as its process runs it, stopped with it. */
export function createService(
  { config, logger, registry, lifecycle }: ServiceContext<"realtime">,
  adapters: RealtimeAdapters,
): RealtimeService {
  const server = createServer((_request, response) => {
    response.writeHead(404).end();
  });
  const realtime = createRealtime(
    server,
    { ...adapters, clock: systemClock, logger, registry },
    {
      maxEnvelopeBytes: config.limits.maxEnvelopeBytes,
      maxUnacked: config.limits.maxUnacked,
      maxBufferedBytes: config.limits.maxBufferedBytes,
      ...config.http,
      drainMs: config.shutdown.drainMs,
    },
  );
  async function close(): Promise<void> {
    await realtime.close();
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
  lifecycle.onStop("intake", "sockets", () => realtime.drain());
  lifecycle.onStop("inFlight", "sockets", close);
  return {
    async start() {
      server.listen(config.listen.port, config.listen.host);
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      logger.info({ port }, "listening");
      return port;
    },
    async stop() {
      await realtime.drain();
      await close();
    },
  };
}
