import { type Starters, startServerBroker } from "./server-broker.ts";
import { BROKER_VARIABLE } from "./shared-servers.ts";

/** Jest's global set-up: starts no server yet, only what starts them when a test file asks. */
// biome-ignore lint/style/noDefaultExport: Jest wants it
export default async function setup(): Promise<void> {
  await setUpServers({});
}

/** @param more what test files may share besides our own servers */
export async function setUpServers(more: Starters): Promise<void> {
  const broker = await startServerBroker(more);
  process.env[BROKER_VARIABLE] = broker.url;
  // Google's clients would look for a machine's credentials otherwise, and warn.
  process.env.METADATA_SERVER_DETECTION = "none";
  (globalThis as { stopTestServers?: () => Promise<void> }).stopTestServers = broker.stop;
}
