import { runMain } from "@dumbwaiter/service";
import { EMBEDDED_SETTINGS } from "./config.ts";
import { LOOPBACK, startEmbedded } from "./wiring.ts";

await runMain(
  process,
  EMBEDDED_SETTINGS,
  async (context) => {
    const url = await startEmbedded(context);
    process.stdout.write(`
Dumbwaiter listens on ${url} (${Math.round(process.uptime() * 1000)} ms after its start)
  two users in a page  ${url}/
  the HTTP API         ${url}/docs
  health and metrics   http://${LOOPBACK}:${context.admin.port}/metrics
  data                 ${context.config.storage.dataDir}
Try next, in another terminal:  npm run demo -- --url ${url}

`);
  },
  { adminHost: LOOPBACK },
);
