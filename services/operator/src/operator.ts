import { randomUUID } from "node:crypto";
import { VERSION } from "@dumbwaiter/infra";
import { ApiError, type KubeClient, UnknownKindError } from "@dumbwaiter/kubernetes";
import type { Logger } from "@dumbwaiter/service";
import type { OperatorConfig } from "./config.ts";
import { FencedWriter } from "./leadership/fenced-writer.ts";
import { LeaderElection, type Leadership, NotLeadingError } from "./leadership/leader-election.ts";
import type { OperatorMetrics } from "./metrics.ts";
import { EventRecorder } from "./reconcile/event-recorder.ts";
import { OwnedObjects } from "./reconcile/owned-objects.ts";
import { IncompleteError, Reconciler } from "./reconcile/reconciler.ts";
import { RoutingServices } from "./watch/routing-services.ts";
import { Watches } from "./watch/watches.ts";
import { WorkQueue } from "./watch/work-queue.ts";

export interface Operator {
  /** Resolves once it knows the cluster and stands for election. */
  start(): Promise<void>;
  /** Finishes what is under way, and gives the lease back. */
  stop(): Promise<void>;
  /** What no longer moves, if anything. */
  stuck(): string | undefined;
}

export interface OperatorDependencies {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly metrics: OperatorMetrics;
}

type Settings = Pick<OperatorConfig, "kubernetes" | "leaderElection" | "reconciliation">;

/** @param ownNamespace where the lease is, unless the settings say */
export function createOperator(
  { client, logger, metrics }: OperatorDependencies,
  { kubernetes, leaderElection, reconciliation }: Settings,
  ownNamespace: string,
): Operator {
  const identity = kubernetes.podName ?? `operator-${randomUUID().slice(0, 8)}`;
  const queue: WorkQueue = new WorkQueue({
    concurrency: reconciliation.concurrency,
    async work(key) {
      metrics.queueDepth.set(queue.depth);
      const endTimer = metrics.reconcileSeconds.startTimer();
      try {
        return await reconciler.reconcile(key);
      } finally {
        endTimer();
      }
    },
    onFailure,
  });
  const enqueue = (key: string) => {
    queue.add(key);
    metrics.queueDepth.set(queue.depth);
  };
  const routingServices = new RoutingServices((key) => {
    metrics.routingServices.set(routingServices.size);
    enqueue(key);
  });
  const objects = new OwnedObjects(enqueue);
  const election = new LeaderElection({
    client,
    namespace: kubernetes.podNamespace ?? ownNamespace,
    leaseName: leaderElection.leaseName,
    leaseMs: leaderElection.leaseMs,
    identity,
    onLeading,
    async onLost() {
      logger.warn({ identity }, "leads no more");
      metrics.leader.set(0);
      await queue.pause();
    },
    onError: (err) => logger.warn({ err }, "the lease could not be renewed"),
  });
  const alone: Leadership = {
    signal: new AbortController().signal,
    remainingMs: () => Number.MAX_SAFE_INTEGER,
  };
  const writer = new FencedWriter(client, leaderElection.enabled ? election : alone);
  const events = new EventRecorder(writer, identity, (err) =>
    logger.warn({ err }, "an Event was not written"),
  );
  const watches = new Watches({
    ...{ client, routingServices, objects, namespaces: kubernetes.watchNamespaces },
    onError(kind, err) {
      metrics.watchErrors.inc({ kind });
      if (err instanceof UnknownKindError) logger.debug({ kind }, "waits for the kind to be installed");
      else logger.warn({ kind, err }, "a watch failed and is begun again");
    },
  });
  const dependencies = {
    client,
    writer,
    routingServices,
    objects,
    watches,
    events,
    metrics,
    version: VERSION,
  };
  const reconciler = new Reconciler(dependencies);
  let resync: NodeJS.Timeout | undefined;

  function enqueueAll() {
    for (const key of routingServices.keys()) enqueue(key);
  }

  function onLeading() {
    logger.info({ identity }, "leads");
    metrics.leader.set(1);
    reconciler.forgetApplied();
    enqueueAll();
    queue.resume();
  }

  function onFailure(key: string, err: unknown, failures: number): number | undefined {
    if (err instanceof NotLeadingError) {
      // Whoever leads next looks at all of them.
      queue.forget(key);
      return undefined;
    }
    metrics.reconciles.inc({ result: "error" });
    metrics.retries.inc();
    logger.warn({ routingService: key, failures, err }, "could not be brought about, and is tried again");
    const asked =
      err instanceof ApiError || err instanceof IncompleteError ? err.retryAfterSeconds : undefined;
    return asked === undefined ? undefined : asked * 1000;
  }

  return {
    async start() {
      await watches.start();
      logger.info({ routingServices: routingServices.size }, "knows the cluster");
      if (leaderElection.enabled) election.start();
      else onLeading();
      resync = setInterval(enqueueAll, reconciliation.resyncMs);
    },
    async stop() {
      clearInterval(resync);
      await queue.pause();
      await events.settled();
      await election.stop();
      await watches.stop();
    },
    stuck: () => watches.stuck(),
  };
}
