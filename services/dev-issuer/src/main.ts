import { once } from "node:events";
import { createServer } from "node:http";
import { runMain } from "@dumbwaiter/service";
import express from "express";
import { createDevIssuer } from "./dev-issuer.ts";
import { newDevIssuerKey } from "./dev-issuer-key.ts";

await runMain(process, "issuer", async ({ config, lifecycle, logger }) => {
  const { port, host } = config.listen;
  const server = createServer(express().use(await createDevIssuer(await newDevIssuerKey())));
  server.listen(port, host);
  await once(server, "listening");
  lifecycle.onStop("intake", "server", () => server.close());
  logger.warn({ address: server.address() }, "the development issuer gives anybody any token");
});
