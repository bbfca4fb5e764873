import { createHttpServer, listen, runMain } from "@dumbwaiter/service";
import express from "express";
import { DEV_ISSUER_SETTINGS } from "./config.ts";
import { createDevIssuer } from "./dev-issuer.ts";
import { newDevIssuerKey } from "./dev-issuer-key.ts";

await runMain(process, DEV_ISSUER_SETTINGS, async ({ config, lifecycle, logger, registry }) => {
  const issuer = await createDevIssuer(await newDevIssuerKey(), { ...config.http, trustProxy: false });
  const server = createHttpServer(express().disable("x-powered-by").use(issuer), { registry });
  const port = await listen(server, config.listen);
  lifecycle.onStop("intake", "server", () => server.close());
  logger.warn({ port }, "development issuer: anyone can get a token for any user");
});
