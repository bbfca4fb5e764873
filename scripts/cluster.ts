import { delimiter, dirname, relative } from "node:path";
import { parseArgs } from "node:util";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster/start-cluster";
import { helmPath } from "@dumbwaiter/dev-env/tools/helm";
import { onStop } from "./on-stop.ts";

const HELP = `npm run cluster [-- --nodes 3]

Starts a Kubernetes cluster to try things: a real API server with its controllers, on loopback, with simulated pods.
Prints how kubectl and helm reach it. Ctrl-C stops and deletes it. The first run compiles it for minutes.
`;

function usage(cluster: OwnedCluster, helm: string): string {
  const path = [cluster.address.kubectlPath, helm, process.execPath].map(dirname).join(delimiter);
  const operator = relative(process.cwd(), `${import.meta.dirname}/../services/operator/src/main.ts`);
  return `Ready. Ctrl-C stops it. In another terminal, for kubectl, helm and node:

  export KUBECONFIG=${cluster.kubeconfigPath}
  export PATH="${path}${delimiter}$PATH"

Pods are simulated, also the operator's. Install its chart for the CRD, and run it as a process (--help for settings):

  ADMIN_PORT=0 node ${operator}
`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { nodes: { type: "string", default: "3" }, help: { type: "boolean", default: false } },
  });
  if (values.help) return void process.stdout.write(HELP);
  const nodes = Number(values.nodes);
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > 100)
    throw new Error(`--nodes must be 0 to 100, not ${values.nodes}`);
  let cluster: OwnedCluster | undefined;
  onStop(async () => {
    // What is still starting is killed when this process ends.
    await cluster?.stop();
    process.exit();
  });
  process.stderr.write("Starting…\n");
  const helm = await helmPath();
  cluster = await startCluster({
    nodes,
    onDeath(report) {
      process.exitCode = 1;
      process.stderr.write(`${report}\n`);
    },
  });
  process.stdout.write(usage(cluster, helm));
  setInterval(() => {}, 2 ** 30); // child processes do not keep this process alive
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
