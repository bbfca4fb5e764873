import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundlePrograms, IMAGE_PROGRAMS } from "@dumbwaiter/bundler";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { ROUTING_SERVICE } from "@dumbwaiter/infra";
import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import { parse } from "yaml";
import { startCluster } from "../cluster/index.ts";
import { cpuSeconds } from "../observe/cpu-time.ts";
import { bucketsOf, quantile } from "../observe/histogram.ts";
import { fromBundle } from "../stack/launcher.ts";
import { ownSemiSpaceOption } from "../stack/own-semi-space.ts";
import { type OperatorProcess, startOperator } from "./operator-process.ts";
import { CHART, grantRights } from "./operator-rights.ts";
import { applyRoutingService, type RoutingService, routingService, SMALL } from "./routing-service.ts";

interface OperatorMeasurement {
  readonly objects: number;
  /** From its start until every RoutingService is reconciled. */
  readonly convergeSeconds: number;
  readonly requests: number;
  readonly reconcileMs: { readonly p50: number; readonly p99: number };
  /** With nothing to do but the periodic reconcile of every RoutingService. */
  readonly steady: {
    readonly seconds: number;
    readonly periodicReconciles: number;
    readonly writes: number;
    readonly cpuPercent: number;
    readonly rssMegabytes: number;
  };
}

const RESYNC_SECONDS = 20;
const STEADY_SECONDS = 60;
const CONCURRENCY = 8;
/** The spec of every measured RoutingService. */
export const SPEC = { ...SMALL, api: { replicas: { min: 1, max: 3 } } };
const RECONCILES = "dumbwaiter_operator_reconciles_total";

const OPERATOR = IMAGE_PROGRAMS.filter(({ name }) => name === "operator");

/**
 * Runs the operator's bundle on a cluster of its own without nodes: pods stay pending, and the operator waits for none.
 */
export async function measureOperator(
  count: number,
  onProgress: (line: string) => void,
): Promise<OperatorMeasurement> {
  const cluster = await startCluster({ nodes: 0 });
  const { client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath });
  const folder = await mkdtemp(join(tmpdir(), "operator-"));
  let operator: OperatorProcess | undefined;
  try {
    await bundlePrograms(OPERATOR, folder);
    const launch = fromBundle(folder)("operator");
    const namespace = await cluster.namespace();
    const kubeconfigPath = await grantRights(cluster, namespace);
    await createAll(client, namespace, count, onProgress);
    const startedAt = performance.now();
    const NODE_OPTIONS = ownSemiSpaceOption(podMemory());
    const env = { RESYNC_SECONDS: String(RESYNC_SECONDS), LOG_LEVEL: "warn", NODE_OPTIONS };
    operator = await startOperator({ kubeconfigPath, namespaces: [namespace], env, launch });
    await untilAllApplied(client, namespace, count, onProgress);
    const convergeSeconds = (performance.now() - startedAt) / 1000;
    const metrics = await (await fetch(`${operator.url}/metrics`)).text();
    const buckets = bucketsOf(metrics, "dumbwaiter_operator_reconcile_seconds");
    const ms = (share: number) => Math.round(1_000 * quantile(buckets, share));
    const requests = await operator.metric("dumbwaiter_operator_api_requests_total");
    await untilQuiet(operator);
    return {
      objects: await countObjects(client, namespace),
      ...{ convergeSeconds, requests },
      reconcileMs: { p50: ms(0.5), p99: ms(0.99) },
      steady: await measureSteady(operator, count),
    };
  } finally {
    await operator?.stop();
    await client.close();
    await cluster.stop();
    await rm(folder, { recursive: true });
  }
}

/** The chart's default. */
function podMemory(): string {
  const values = parse(readFileSync(join(CHART, "values.yaml"), "utf8"));
  return values.resources.memory;
}

async function createAll(
  client: KubeClient,
  namespace: string,
  count: number,
  report: (line: string) => void,
) {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      await applyRoutingService(client, routingService(`rs-${index}`, namespace, SPEC));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  report(`${count} RoutingServices created`);
}

async function untilAllApplied(
  client: KubeClient,
  namespace: string,
  count: number,
  report: (line: string) => void,
) {
  let reported = 0;
  await eventually(async () => {
    const all = (await client.list(ROUTING_SERVICE, { namespace })) as RoutingService[];
    const applied = all.filter(({ status }) => status?.lastAppliedHash !== undefined).length;
    if (applied >= reported + count / 10) {
      reported = applied;
      report(`${applied} of ${count} reconciled`);
    }
    if (applied === count) return;
    await sleep(500);
    throw new Error(`${applied} of ${count} reconciled`);
  }, count * 3_000);
}

/** A periodic reconcile without a write. */
async function untilQuiet(operator: OperatorProcess): Promise<void> {
  await eventually(async () => {
    const before = await operator.writes();
    await sleep(RESYNC_SECONDS * 1000);
    if ((await operator.writes()) !== before) throw new Error("the operator is still writing");
  }, 600_000);
}

async function measureSteady(operator: OperatorProcess, count: number) {
  const before = {
    writes: await operator.writes(),
    reconciles: await operator.metric(RECONCILES),
    cpu: cpuSeconds([operator.pid]),
    at: performance.now(),
  };
  // The time over which is measured, not a wait for a condition.
  await sleep(STEADY_SECONDS * 1000);
  const cpu = cpuSeconds([operator.pid]) - before.cpu;
  const seconds = (performance.now() - before.at) / 1000;
  return {
    seconds,
    periodicReconciles: ((await operator.metric(RECONCILES)) - before.reconciles) / count,
    writes: (await operator.writes()) - before.writes,
    cpuPercent: (cpu / seconds) * 100,
    rssMegabytes: rssMegabytes(operator.pid),
  };
}

async function countObjects(client: KubeClient, namespace: string): Promise<number> {
  const all = (await client.list(ROUTING_SERVICE, { namespace })) as RoutingService[];
  return all.reduce((sum, { status }) => sum + (status?.inventory?.length ?? 0), 0);
}

function rssMegabytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (Number(kibibytes) * 1024) / 1e6;
}
