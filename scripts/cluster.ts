import { delimiter, dirname, relative } from "node:path";
import { parseArgs } from "node:util";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster/start-cluster";
import { helmPath } from "@dumbwaiter/dev-env/tools/helm";
import { onStop } from "./on-stop.ts";

const HELP = `npm run cluster [-- --nodes 3]

Starts a Kubernetes to try things on: a real API server with its controllers, on loopback, whose pods only seem to run.
Prints how kubectl and helm reach it; ends it on Ctrl-C, with all that is in it. Compiles it first, which takes minutes
the first time.
`;

function usage(cluster: OwnedCluster, helm: string): string {
  const path = [cluster.address.kubectlPath, helm, process.execPath].map(dirname).join(delimiter);
  const operator = relative(process.cwd(), `${import.meta.dirname}/../services/operator/src/main.ts`);
  return `Ready. Ctrl-C ends it. In another terminal, for kubectl, helm and node:

  export KUBECONFIG=${cluster.kubeconfigPath}
  export PATH="${path}${delimiter}$PATH"

No pod runs, the operator's neither: install its chart for the CRD, and run it beside (--help prints its settings):

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
    // What still starts is killed when this process has ended.
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
  setInterval(() => {}, 2 ** 30); // the processes alone do not keep us alive
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
