import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { systemClock } from "@dumbwaiter/core";
import type { ServiceContext } from "@dumbwaiter/service";
import { createApi } from "./create-api.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { createApiServer, drainApiServer } from "./http/api-server.ts";

/** What the deployment chooses; the rest comes with the process. */
export type ApiAdapters = Omit<ApiDependencies, "clock" | "logger" | "registry">;

export interface ApiService {
  /** Resolves once it listens, with the port. */
  start(): Promise<number>;
  /** Answers what is under way, then closes. */
  stop(): Promise<void>;
}

/** The api as its process runs it, stopped with it. */
export function createService(
  { config, logger, registry, lifecycle }: ServiceContext<"api">,
  adapters: ApiAdapters,
): ApiService {
  const app = createApi(
    { ...adapters, clock: systemClock, logger, registry },
    { maxEnvelopeBytes: config.limits.maxEnvelopeBytes, ...config.http },
  );
  const server = createApiServer(app);
  lifecycle.onStop("inFlight", "http server", async (deadline) => {
    deadline.addEventListener("abort", () => server.closeAllConnections());
    await drainApiServer(server);
  });
  return {
    async start() {
      server.listen(config.listen.port, config.listen.host);
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      logger.info({ port }, "listening");
      return port;
    },
    stop: () => drainApiServer(server),
  };
}
