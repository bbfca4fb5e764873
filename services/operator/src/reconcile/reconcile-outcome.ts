import type { Component } from "@dumbwaiter/infra";
import { ApiError } from "@dumbwaiter/kubernetes";
import type { InventoryEntry } from "@dumbwaiter/routing-service";

/** A new CRD is noticed within this time. */
export const MISSING_KINDS_RETRY_MS = 15_000;

export interface ReconcileOutcome {
  /** Missing kinds, and the reason for each. */
  readonly missing: ReadonlyMap<string, string>;
  /** Components that wait, each with the component that it waits for. */
  readonly waiting: ReadonlyMap<Component, Component>;
  readonly failures: readonly Failure[];
  /** Keys of objects that exist and belong to somebody else. */
  readonly notOurs: ReadonlySet<string>;
  /** Objects to prune that could not be deleted. */
  readonly remaining: readonly InventoryEntry[];
}

export interface Failure {
  /** An object or a component. */
  readonly what: string;
  readonly error: Error;
}

export function failuresMessage(failures: readonly Failure[]): string {
  return failures.map(({ what, error }) => `${what}: ${error.message}`).join("; ");
}

/** Some objects could not be applied or deleted. The status has the details. */
export class IncompleteError extends Error {
  override readonly name = "IncompleteError";
  readonly retryAfterSeconds: number | undefined;

  constructor({ failures }: ReconcileOutcome) {
    super(failuresMessage(failures), { cause: failures[0]?.error });
    const requested = failures.map(({ error }) =>
      error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0,
    );
    this.retryAfterSeconds = Math.max(...requested) || undefined;
  }
}
