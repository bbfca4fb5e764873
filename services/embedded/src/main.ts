import { runMain } from "@dumbwaiter/service";
import { EMBEDDED_SETTINGS } from "./config.ts";
import { LOOPBACK_ONLY, startEmbedded } from "./wiring.ts";

await runMain(
  process,
  EMBEDDED_SETTINGS,
  async (context) => {
    const url = await startEmbedded(context);
    process.stdout.write(`
Dumbwaiter is listening on ${url} (started in ${Math.round(process.uptime() * 1000)} ms)
  Demo page            ${url}/
  HTTP API             ${url}/docs
  Health and metrics   http://${LOOPBACK_ONLY.host}:${context.admin.port}/metrics
  Data directory       ${context.config.storage.dataDir}
Next, in another terminal:  npm run demo -- --url ${url}

`);
  },
  { admin: LOOPBACK_ONLY },
);
