import { randomUUID } from "node:crypto";
import { VERSION } from "@dumbwaiter/infra";
import { type ConnectOptions, connectKubernetes, UnknownKindError } from "@dumbwaiter/kubernetes";
import { type ServiceContext, StartError } from "@dumbwaiter/service";
import type { OperatorConfig } from "./config.ts";
import { FencedClient } from "./leadership/fenced-client.ts";
import { LeaderElection, type Leadership } from "./leadership/leader-election.ts";
import { createOperatorMetrics } from "./metrics.ts";
import { CurrentReferences } from "./reconcile/current-references.ts";
import { EventRecorder } from "./reconcile/event-recorder.ts";
import { NamesInUse } from "./reconcile/names-in-use.ts";
import { ReconcileQueue } from "./reconcile/reconcile-queue.ts";
import { Reconciler } from "./reconcile/reconciler.ts";
import { labelSelector } from "./watch/label-selector.ts";
import { OwnedObjectCache } from "./watch/owned-object-cache.ts";
import { ReferenceWatches } from "./watch/reference-watches.ts";
import { RoutingServiceCache } from "./watch/routing-service-cache.ts";
import { Watches } from "./watch/watches.ts";

/** Starts the operator on the cluster of its pod or its kubeconfig. It stops with the process. */
export async function startOperator(context: ServiceContext<OperatorConfig>): Promise<void> {
  const { config, logger, registry, dependencies, health, lifecycle } = context;
  const { kubernetes, leaderElection, reconciliation } = config;
  const metrics = createOperatorMetrics(registry);
  const { client, namespace } = connect({
    kubeconfig: kubernetes.kubeconfig,
    onRequest(report) {
      metrics.countRequest(report);
      dependencies.report("kubernetes", report.status !== undefined, report.error);
    },
    onWarning(warning) {
      metrics.apiWarnings.inc();
      logger.warn({ warning }, "warning from the API server");
    },
  });
  const leaseNamespace = kubernetes.podNamespace ?? namespace;
  const identity = kubernetes.podName ?? `operator-${randomUUID().slice(0, 8)}`;

  const names = new NamesInUse();
  const routingServices = new RoutingServiceCache((key) => {
    metrics.routingServices.set(routingServices.size);
    // First, because a reconcile may begin at once.
    const rivals = namesChanged(key);
    queue.add(key);
    for (const rival of rivals) queue.add(rival);
  });
  const namesChanged = (key: string) => names.changed(key, routingServices.get(key));
  const objects = new OwnedObjectCache((key) => queue.add(key));
  const referenceWatches = new ReferenceWatches({ client, onChange: (key) => queue.add(key) });
  const watches = new Watches({
    ...{ client, routingServices, objects, namespaces: kubernetes.watchNamespaces },
    onError(kind, err) {
      metrics.watchErrors.inc({ kind });
      if (err instanceof UnknownKindError) logger.debug({ kind }, "kind not installed; will retry");
      else logger.warn({ kind, err }, "failed to watch; will retry");
    },
  });

  const election = new LeaderElection({
    ...{ client, identity, leaseName: leaderElection.leaseName, leaseMs: leaderElection.leaseMs },
    namespace: leaseNamespace,
    onLeading: () => lead(),
    async onLost() {
      logger.warn({ identity }, "lost leadership");
      metrics.leader.set(0);
      await queue.pause();
      reconciler.forgetOthers();
    },
    onError: (err) => logger.warn({ err }, "failed to renew the leader lease; will retry"),
  });
  const fencedClient = new FencedClient(client, leaderElection.enabled ? election : SOLE_LEADER);
  const events = new EventRecorder(fencedClient, identity, (err) =>
    logger.warn({ err }, "failed to record an Event"),
  );
  const reconciler = new Reconciler({
    ...{ client: fencedClient, routingServices, names, objects, watches, events, metrics },
    references: new CurrentReferences(referenceWatches, objects),
    version: VERSION,
    operator: `${leaseNamespace}/${leaderElection.leaseName}`,
    isSelected: labelSelector(kubernetes.watchSelector),
    onOther: (routingService, operator) =>
      logger.warn(
        { routingService, operator },
        "another operator manages this RoutingService; changing nothing",
      ),
    onClaims(key) {
      for (const rival of namesChanged(key)) queue.add(rival);
    },
  });
  const queue = new ReconcileQueue({
    ...{ reconciler, metrics, logger, concurrency: reconciliation.concurrency },
  });

  function lead(): void {
    logger.info({ identity }, "became leader");
    metrics.leader.set(1);
    reconciler.forgetApplied();
    names.forgetApplied((key) => routingServices.get(key));
    reconcileAll();
    queue.resume();
  }

  function reconcileAll(): void {
    for (const key of routingServices.keys()) queue.add(key);
  }

  let periodicReconcile: NodeJS.Timeout | undefined;
  health.stuck = () => watches.stuck();
  lifecycle.onStop("intake", "operator", async () => {
    clearInterval(periodicReconcile);
    await queue.pause();
    await events.whenIdle();
    await election.stop();
    await Promise.all([watches.stop(), referenceWatches.stop()]);
  });
  lifecycle.onStop("clients", "API server", () => client.close());

  await watches.start();
  logger.info({ routingServices: routingServices.size }, "caches synced");
  if (leaderElection.enabled) election.start();
  else lead();
  periodicReconcile = setInterval(reconcileAll, reconciliation.resyncMs);
}

/** Without leader election. */
const SOLE_LEADER: Leadership = {
  signal: new AbortController().signal,
  remainingMs: () => Number.MAX_SAFE_INTEGER,
};

function connect(options: ConnectOptions) {
  try {
    return connectKubernetes(options);
  } catch (error) {
    throw new StartError(`${(error as Error).message}: set KUBECONFIG to the path of a kubeconfig file`, {
      cause: error,
    });
  }
}
