import type { Component } from "@dumbwaiter/infra";
import { ApiError } from "@dumbwaiter/kubernetes";
import type { ForeignChange, InventoryEntry } from "@dumbwaiter/routing-service";

export interface ReconcileOutcome {
  /** Missing kinds, and the reason for each. */
  readonly missing: ReadonlyMap<string, string>;
  /** Components that wait, each with the component that it waits for. */
  readonly waiting: ReadonlyMap<Component, Component>;
  readonly failures: readonly Failure[];
  /** Keys of objects that exist and belong to somebody else. */
  readonly notOurs: ReadonlySet<string>;
  /** Objects with fields of others that change what pods run, and stay. */
  readonly drifted: readonly DriftedObject[];
  /** Objects in which that could not be found out. They are applied. */
  readonly unchecked: readonly Failure[];
  /** Objects to prune that could not be deleted. */
  readonly remaining: readonly InventoryEntry[];
}

/** What the applies and the pruning came to. */
export type AppliedOutcome = Omit<ReconcileOutcome, "drifted" | "unchecked">;

/** An object with fields of others that change what its pods run. */
export interface DriftedObject {
  /** Such as `Deployment shop-api`. */
  readonly what: string;
  readonly changes: readonly ForeignChange[];
}

export interface Failure {
  /** An object or a component. */
  readonly what: string;
  readonly error: Error;
}

/** Everything that has to be tried again. */
export function incompleteOf({ failures, unchecked }: ReconcileOutcome): Failure[] {
  return [...failures, ...unchecked.filter((each) => !failures.includes(each))];
}

export function failuresMessage(failures: readonly Failure[]): string {
  return failures.map(({ what, error }) => `${what}: ${error.message}`).join("; ");
}

/** Some objects could not be applied, deleted or looked at. The status has the details. */
export class IncompleteError extends Error {
  override readonly name = "IncompleteError";
  readonly retryAfterSeconds: number | undefined;

  constructor(failures: readonly Failure[]) {
    super(failuresMessage(failures), { cause: failures[0]?.error });
    const requested = failures.map(({ error }) =>
      error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0,
    );
    this.retryAfterSeconds = Math.max(...requested) || undefined;
  }
}
