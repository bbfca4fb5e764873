import { setUpServers } from "../servers/jest-global-setup.mts";
import { startCluster } from "./start-cluster.ts";

/** Jest's global set-up of `npm run test:cluster`: the cluster joins the servers that test files share. */
// biome-ignore lint/style/noDefaultExport: Jest wants it
export default async function setup(): Promise<void> {
  await setUpServers({ cluster: startCluster });
}
