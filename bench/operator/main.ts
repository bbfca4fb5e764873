import { parseArgs } from "node:util";
import { measureOperator } from "@dumbwaiter/dev-env/operator/measure-operator";

const HELP = `npm run bench:operator [-- --services 1000]

Measures the operator on a Kubernetes of its own: the time until all RoutingServices are reconciled, the duration of a
reconcile, and the cost when nothing changes. The first run compiles that Kubernetes, which takes minutes. It has no
nodes: if a run takes ten minutes, Deployments exceed their progress deadline, and the operator writes that into each
status. These are the writes that a run of 1,000 counts at the end.
`;

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "1000" },
    help: { type: "boolean", default: false },
  },
});

const say = (line: string) => void process.stdout.write(`${line}\n`);

if (values.help) say(HELP);
else await bench(Number(values.services));

async function bench(count: number): Promise<void> {
  const { objects, convergeSeconds, requests, reconcileMs, steady } = await measureOperator(count, say);
  say(`operator with ${count} RoutingServices, ${objects} objects`);
  say(`  until all are reconciled      ${convergeSeconds.toFixed(1)} s, ${requests} requests`);
  say(`  one reconcile, p50/p99        ${reconcileMs.p50}/${reconcileMs.p99} ms`);
  say(
    `  then, over ${steady.seconds.toFixed(0)} s and ${steady.periodicReconciles.toFixed(1)} periodic reconciles`,
  );
  say(`    writes                      ${steady.writes}`);
  say(`    CPU                         ${steady.cpuPercent.toFixed(1)} % of a core`);
  say(`    RSS                         ${steady.rssMegabytes.toFixed(0)} MB`);
}
