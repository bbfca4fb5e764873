import { isDeepStrictEqual } from "node:util";
import { InvalidSpecError } from "@dumbwaiter/infra";
import { ApiError, isNotFound, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import {
  type DesiredState,
  desiredState,
  FIELD_MANAGER,
  keyOf,
  ROUTING_SERVICE,
  type RoutingService,
  type RoutingServiceStatus,
  readSpec,
} from "@dumbwaiter/routing-service";
import type { FencedWriter } from "../leadership/fenced-writer.ts";
import type { OperatorMetrics } from "../metrics.ts";
import type { RoutingServices } from "../watch/routing-services.ts";
import type { Watches } from "../watch/watches.ts";
import type { WorkResult } from "../watch/work-queue.ts";
import { announce } from "./announce.ts";
import { Applier } from "./applier.ts";
import { bringAbout, type Outcome } from "./bring-about.ts";
import { describeDrift } from "./drift.ts";
import type { EventRecorder } from "./event-recorder.ts";
import type { OwnedObjects } from "./owned-objects.ts";
import { statusOf } from "./status.ts";

export interface ReconcilerDependencies {
  readonly client: KubeClient;
  readonly writer: FencedWriter;
  readonly routingServices: RoutingServices;
  readonly objects: OwnedObjects;
  readonly watches: Watches;
  readonly events: EventRecorder;
  readonly metrics: OperatorMetrics;
  /** Of the operator. */
  readonly version: string;
}

/** Some objects could not be applied or deleted; it is all in the status. */
export class IncompleteError extends Error {
  override readonly name = "IncompleteError";
  readonly retryAfterSeconds: number | undefined;

  constructor({ failures }: Outcome) {
    super(failures.map(({ what, error }) => `${what}: ${error.message}`).join("; "), {
      cause: failures[0]?.error,
    });
    const asked = failures.map(({ error }) =>
      error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0,
    );
    this.retryAfterSeconds = Math.max(...asked) || undefined;
  }
}

/** What a spec of one generation asks for. */
type Plan =
  | {
      readonly uid: string;
      readonly generation: number;
      readonly desired: DesiredState;
      readonly isPaused: boolean;
    }
  | { readonly uid: string; readonly generation: number; readonly problems: readonly string[] };

/** A CRD that appears is noticed within this time. */
const MISSING_KINDS_RETRY_MS = 15_000;

/** Makes the cluster look as a RoutingService says, and says in its status how far that has come. */
export class Reconciler {
  readonly #on: ReconcilerDependencies;
  readonly #applier: Applier;
  readonly #plans = new Map<string, Plan>();

  constructor(dependencies: ReconcilerDependencies) {
    this.#on = dependencies;
    this.#applier = new Applier(dependencies.client, dependencies.writer, dependencies.objects);
  }

  /** Trusts nothing that was applied before: another process may have led meanwhile. */
  forgetApplied(): void {
    this.#applier.forgetAll();
  }

  /** @throws IncompleteError, NotLeadingError, and what the client throws */
  async reconcile(key: string): Promise<WorkResult> {
    const { routingServices, metrics, objects, version } = this.#on;
    const routingService = routingServices.get(key);
    const isGone = routingService === undefined || routingService.metadata.deletionTimestamp !== undefined;
    if (isGone) {
      // The garbage collector deletes the objects; anything made now would only be in its way.
      this.#forget(key);
      return {};
    }
    const plan = this.#planOf(key, routingService);
    const desired = "desired" in plan ? plan.desired : undefined;
    const isPaused = "desired" in plan && plan.isPaused;
    const problems = "problems" in plan ? plan.problems : [];
    const outcome =
      desired === undefined || isPaused ? undefined : await this.#bringAbout(routingService, desired);
    const findings = { version, desired, outcome, problems, isPaused };
    await this.#writeStatus(routingService, statusOf(routingService, findings, objects, new Date()));
    if (outcome !== undefined && outcome.failures.length > 0) throw new IncompleteError(outcome);
    metrics.reconciles.inc({ result: problems.length > 0 ? "invalid" : isPaused ? "paused" : "success" });
    return outcome !== undefined && outcome.missing.size > 0 ? { againAfterMs: MISSING_KINDS_RETRY_MS } : {};
  }

  #planOf(key: string, routingService: RoutingService): Plan {
    const { uid, generation = 0 } = routingService.metadata;
    const known = this.#plans.get(key);
    if (known?.uid === uid && known.generation === generation) return known;
    const plan = this.#makePlan(routingService, { uid, generation });
    this.#plans.set(key, plan);
    return plan;
  }

  #makePlan(routingService: RoutingService, of: { readonly uid: string; readonly generation: number }): Plan {
    try {
      const { props, unknownFields } = readSpec(routingService);
      if (unknownFields.length > 0) {
        const message = `Passed over fields that are not known: ${unknownFields.join(", ")}`;
        this.#on.events.record(routingService, "Warning", "UnknownFields", message);
      }
      return { ...of, desired: desiredState(props, routingService), isPaused: props.spec.paused };
    } catch (error) {
      if (!(error instanceof InvalidSpecError)) throw error;
      return { ...of, problems: error.problems };
    }
  }

  #bringAbout(routingService: RoutingService, desired: DesiredState): Promise<Outcome> {
    const { client, writer, objects, watches, events, metrics } = this.#on;
    for (const object of desired.objects) watches.ensure(object);
    return bringAbout(routingService, desired, {
      ...{ client, writer, objects, applier: this.#applier },
      onRepair({ kind, name }, drift) {
        metrics.driftRepairs.inc({ kind });
        events.record(routingService, "Warning", "DriftRepaired", describeDrift(`${kind} ${name}`, drift));
      },
      onPrune({ kind, name }) {
        metrics.pruned.inc({ kind });
        events.record(
          routingService,
          "Normal",
          "Pruned",
          `${kind} ${name} was no longer wanted and is deleted`,
        );
      },
    });
  }

  /** By server-side apply, and only when it says something new. */
  async #writeStatus(routingService: RoutingService, status: RoutingServiceStatus): Promise<void> {
    if (isDeepStrictEqual(routingService.status, status)) return;
    const { name, namespace, uid } = routingService.metadata;
    const body: KubeObject = { ...ROUTING_SERVICE, metadata: { name, namespace, uid }, status };
    try {
      await this.#on.routingServices.writeStatus(keyOf(routingService), status, () =>
        this.#on.writer.apply(body, { fieldManager: FIELD_MANAGER, subresource: "status" }),
      );
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    announce(routingService, status, this.#on.events);
  }

  #forget(key: string): void {
    const plan = this.#plans.get(key);
    if (plan !== undefined && "desired" in plan) {
      for (const object of plan.desired.objects) this.#applier.forget(object.key);
    }
    this.#plans.delete(key);
  }
}
