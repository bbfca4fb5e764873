import { prepareCluster } from "../cluster/prepare.ts";
import { startCluster } from "../cluster/start-cluster.ts";
import { startServerBroker } from "../servers/server-broker.ts";
import { BROKER_VARIABLE } from "../servers/shared-servers.ts";
import { skaffoldPath } from "../skaffold/skaffold-path.ts";
import { ensureProgram } from "../tools/ensure-program.ts";

/** What a suite compiles or fetches before its first test, so that no test waits for it. */
const PREPARATIONS: Readonly<Record<string, readonly (() => Promise<unknown>)[]>> = {
  browser: [() => ensureProgram("chromium")],
  cluster: [prepareCluster],
  images: [prepareCluster],
  skaffold: [skaffoldPath, prepareCluster],
};

/** Jest's global set-up. Starts no server yet, only the broker that starts one when a test file asks for it. */
// biome-ignore lint/style/noDefaultExport: Jest wants it
export default async function setup(): Promise<void> {
  for (const prepare of PREPARATIONS[process.env.SUITE ?? ""] ?? []) await prepare();
  const broker = await startServerBroker({
    cluster: () => startCluster({ onDeath: (report) => process.stderr.write(`${report}\n`) }),
  });
  process.env[BROKER_VARIABLE] = broker.url;
  // Otherwise Google's clients look for a machine's credentials, and warn.
  process.env.METADATA_SERVER_DETECTION = "none";
  (globalThis as { stopTestServers?: () => Promise<void> }).stopTestServers = broker.stop;
}
