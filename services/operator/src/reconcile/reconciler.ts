import { isDeepStrictEqual } from "node:util";
import { OPERATOR_ANNOTATION } from "@dumbwaiter/infra";
import { type DesiredState, operatorOf, type RoutingService } from "@dumbwaiter/routing-service";
import type { FencedClient } from "../leadership/fenced-client.ts";
import type { OperatorMetrics } from "../metrics.ts";
import type { LabelSelector } from "../watch/label-selector.ts";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import type { RoutingServiceCache } from "../watch/routing-service-cache.ts";
import type { Watches } from "../watch/watches.ts";
import { AppliedObjects } from "./applied-objects.ts";
import type { CurrentReferences } from "./current-references.ts";
import { MISSING_KINDS_RETRY_MS } from "./dependency-problems.ts";
import { removedMessage, restoredMessage } from "./drift-messages.ts";
import type { EventRecorder } from "./event-recorder.ts";
import { ForeignFieldGuard, type GuardOutcome } from "./foreign-field-guard.ts";
import type { NamesInUse } from "./names-in-use.ts";
import { ParsedSpecs } from "./parsed-specs.ts";
import { reconcileObjects } from "./reconcile-objects.ts";
import { IncompleteError, incompleteOf, type ReconcileOutcome } from "./reconcile-outcome.ts";
import { statusOf } from "./status.ts";
import { StatusWriter } from "./status-writer.ts";
import type { WorkResult } from "./work-queue.ts";

interface ReconcilerDependencies {
  readonly client: FencedClient;
  readonly routingServices: RoutingServiceCache;
  readonly names: NamesInUse;
  readonly objects: OwnedObjectCache;
  readonly watches: Watches;
  readonly references: CurrentReferences;
  readonly events: EventRecorder;
  readonly metrics: OperatorMetrics;
  /** Of the operator. */
  readonly version: string;
  /** The operator's name, as {@link operatorOf} has it. */
  readonly operator: string;
  /** Whether this operator manages routing services with these labels. */
  readonly isSelected: LabelSelector;
  /** Another operator manages a routing service. */
  readonly onOther: (key: string, operator: string) => void;
  /** A status has other claims. */
  readonly onClaims: (key: string) => void;
}

/** Another operator has claimed a routing service, or its status has changed: the watch tells. */
const CLAIM_RETRY_MS = 1_000;

/** Reconciles a RoutingService with its objects, and writes its status. */
export class Reconciler {
  readonly #dependencies: ReconcilerDependencies;
  readonly #applied: AppliedObjects;
  readonly #foreignFields: ForeignFieldGuard;
  readonly #specs: ParsedSpecs;
  readonly #statuses: StatusWriter;
  /** Operators of the routing services that another one manages, by key. */
  readonly #others = new Map<string, string>();

  constructor(dependencies: ReconcilerDependencies) {
    this.#dependencies = dependencies;
    this.#applied = new AppliedObjects(dependencies.client, dependencies.objects);
    this.#foreignFields = new ForeignFieldGuard(dependencies.client, dependencies.objects);
    this.#specs = new ParsedSpecs((routingService, message) =>
      dependencies.events.record(routingService, "Warning", "UnknownFields", message),
    );
    this.#statuses = new StatusWriter(dependencies);
  }

  /** Applies every object again, because another process may have led in the meantime. */
  forgetApplied(): void {
    this.#applied.forgetAll();
  }

  /** Another process leads: this one no longer notices who manages what. */
  forgetOthers(): void {
    this.#others.clear();
    this.#dependencies.metrics.routingServicesOfOthers.set(0);
  }

  /** @throws IncompleteError, NotLeadingError, and what the client throws */
  async reconcile(key: string): Promise<WorkResult> {
    const { routingServices, operator } = this.#dependencies;
    const routingService = routingServices.get(key);
    const isGone = routingService === undefined || routingService.metadata.deletionTimestamp !== undefined;
    if (isGone) {
      // The garbage collector deletes the objects. Creating any now would only interfere.
      this.#forget(key);
      this.#setOther(key, undefined);
      return {};
    }
    const holder = operatorOf(routingService);
    const isSelected = this.#isSelected(routingService);
    this.#setOther(key, holder === operator ? undefined : holder);
    if ((holder ?? operator) !== operator || !isSelected) {
      this.#forget(key);
      // The one that selects it now is free to claim it.
      if (holder === operator) await this.#statuses.release(routingService);
      if (this.#dependencies.names.forget(key)) this.#dependencies.onClaims(key);
      this.#dependencies.metrics.reconciles.inc({ result: "other" });
      return {};
    }
    if (routingService.status?.operator !== operator && !(await this.#statuses.claim(routingService))) {
      return { requeueAfterMs: CLAIM_RETRY_MS };
    }
    return this.#reconcileOurs(key, routingServices.get(key) ?? routingService);
  }

  /** The annotation that names an operator overrides the labels. */
  #isSelected({ metadata }: RoutingService): boolean {
    const { isSelected, operator } = this.#dependencies;
    return metadata.annotations?.[OPERATOR_ANNOTATION] === operator || isSelected(metadata.labels);
  }

  #setOther(key: string, operator: string | undefined): void {
    if (this.#others.get(key) === operator) return;
    if (operator === undefined) this.#others.delete(key);
    else {
      this.#others.set(key, operator);
      this.#dependencies.onOther(key, operator);
    }
    this.#dependencies.metrics.routingServicesOfOthers.set(this.#others.size);
  }

  async #reconcileOurs(key: string, routingService: RoutingService): Promise<WorkResult> {
    const { metrics, objects, watches, references, version, operator } = this.#dependencies;
    const { desired: base, names, problems, isPaused } = this.#specs.of(key, routingService);
    const { namespace } = routingService.metadata;
    const mayWatch = !isPaused && this.#dependencies.names.conflictOf(key) === undefined;
    const desired = base && (await references.of(key, namespace, base, mayWatch));
    // The status tells of them too while nothing is applied.
    for (const object of desired?.objects ?? []) watches.ensure(object);
    const nameConflict = this.#dependencies.names.conflictOf(key);
    const mayApply = desired !== undefined && !isPaused && nameConflict === undefined;
    const wanted = mayApply ? await this.#hold(key, routingService) : [];
    const outcome = mayApply ? await this.#reconcileObjects(routingService, desired) : undefined;
    const claims = { wanted, held: this.#dependencies.names.heldBy(key) };
    const unwatched = desired === undefined ? [] : references.problemsOf(namespace, desired);
    const inputs = { version, desired, names, claims, nameConflict, outcome, problems, isPaused, unwatched };
    const status = statusOf(routingService, inputs, objects, new Date());
    await this.#statuses.write(routingService, { ...status, operator });
    const incomplete = outcome === undefined ? [] : incompleteOf(outcome);
    if (incomplete.length > 0) throw new IncompleteError(incomplete);
    metrics.reconciles.inc({ result: resultOf(problems.length > 0, nameConflict !== undefined, isPaused) });
    return outcome !== undefined && outcome.missing.size > 0
      ? { requeueAfterMs: MISSING_KINDS_RETRY_MS }
      : {};
  }

  /** @returns the claims of the spec */
  async #hold(key: string, routingService: RoutingService): Promise<readonly string[]> {
    const { names } = this.#dependencies;
    const wanted = names.applying(key, routingService);
    const claims = [...names.heldBy(key)];
    // Before pods use them: the next leader knows only the status.
    if (!isDeepStrictEqual(claims, routingService.status?.claims)) {
      await this.#statuses.write(routingService, { ...routingService.status, claims });
    }
    return wanted;
  }

  async #reconcileObjects(routingService: RoutingService, desired: DesiredState): Promise<ReconcileOutcome> {
    const { client, objects, events, metrics } = this.#dependencies;
    const outcome = await reconcileObjects(routingService, desired, {
      ...{ client, objects, applied: this.#applied },
      onRepair({ kind, name }, drift) {
        metrics.driftRepairs.inc({ kind });
        events.record(routingService, "Warning", "DriftRepaired", restoredMessage(`${kind} ${name}`, drift));
      },
      onPrune({ kind, name }, why) {
        metrics.pruned.inc({ kind });
        events.record(routingService, "Normal", "Pruned", `Deleted ${kind} ${name}, ${why}`);
      },
    });
    const { drifted, unchecked, failures } = await this.#guardForeignFields(routingService, desired);
    return { ...outcome, drifted, unchecked, failures: [...outcome.failures, ...failures] };
  }

  #guardForeignFields(routingService: RoutingService, desired: DesiredState): Promise<GuardOutcome> {
    const { events, metrics } = this.#dependencies;
    return this.#foreignFields.guard(routingService, desired, ({ kind, name }, removed) => {
      metrics.driftRepairs.inc({ kind });
      events.record(routingService, "Warning", "DriftRepaired", removedMessage(`${kind} ${name}`, removed));
    });
  }

  #forget(key: string): void {
    this.#dependencies.references.forget(key);
    for (const object of this.#specs.forget(key)?.desired?.objects ?? []) {
      this.#applied.forget(object.key);
      this.#foreignFields.forget(object.key);
    }
  }
}

function resultOf(isInvalid: boolean, isInConflict: boolean, isPaused: boolean) {
  if (isInvalid) return "invalid";
  return isInConflict ? "names_in_use" : isPaused ? "paused" : "success";
}
