import { measureOperator } from "@dumbwaiter/dev-env/operator/measure-operator";

/** Prints what the operator costs for this many RoutingServices. */
export async function benchOperator(count: number, say: (line: string) => void): Promise<void> {
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
