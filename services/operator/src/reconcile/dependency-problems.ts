import { kindName } from "@dumbwaiter/kubernetes";
import {
  type DesiredState,
  type HealthProblem,
  isNeededToServe,
  reportsHealth,
} from "@dumbwaiter/routing-service";
import type { OwnedObjectCache } from "../watch/owned-object-cache.ts";
import type { ReconcileOutcome } from "./reconcile-outcome.ts";

/** A new CRD is noticed within this time. */
export const MISSING_KINDS_RETRY_MS = 15_000;

/** What is wrong with the objects that controllers outside the cluster's own put into effect. */
export interface DependencyProblems {
  readonly reason:
    | "AllReady"
    | "DependenciesMissing"
    | "DependenciesNotReady"
    | "DependenciesPending"
    | "ReferencesNotWatched";
  /** Kinds. */
  readonly missing: readonly string[];
  /** Of objects. */
  readonly problems: readonly string[];
  /** Those of both without which no messages flow. */
  readonly blocking: readonly string[];
}

/**
 * @param outcome undefined if nothing was applied
 * @param unwatched ConfigMaps and Secrets that cannot be watched, each with the reason
 */
export function dependencyProblemsOf(
  desired: DesiredState,
  outcome: ReconcileOutcome | undefined,
  objects: OwnedObjectCache,
  unwatched: readonly string[],
): DependencyProblems {
  const missing = new Map<string, string>();
  const blocking = new Set<string>();
  const found: (HealthProblem & { readonly text: string })[] = [];
  for (const object of desired.objects) {
    const kind = kindName(object);
    const why = outcome?.missing.get(kind);
    if (why !== undefined) {
      missing.set(kind, `${kind} ${why}`);
      if (isNeededToServe(object)) blocking.add(`${kind} ${why}`);
    } else if (reportsHealth(object)) {
      const live = objects.get(object.key);
      const problem = live === undefined ? { isPending: true, message: "not found" } : live.healthProblem;
      if (problem !== undefined) {
        found.push({ ...problem, text: `${object.kind} ${object.name}: ${problem.message}` });
      }
    }
  }
  // What failed comes first: a long message is cut.
  const problems = found
    .toSorted((a, b) => Number(a.isPending) - Number(b.isPending))
    .map(({ text }) => text);
  return {
    reason: reasonOf(missing, found, unwatched),
    missing: [...missing.values()],
    problems: [...problems, ...unwatched],
    blocking: [...blocking, ...problems],
  };
}

function reasonOf(
  missing: ReadonlyMap<string, string>,
  found: readonly HealthProblem[],
  unwatched: readonly string[],
): DependencyProblems["reason"] {
  if (found.some(({ isPending }) => !isPending)) return "DependenciesNotReady";
  if (missing.size > 0) return "DependenciesMissing";
  if (found.length > 0) return "DependenciesPending";
  return unwatched.length > 0 ? "ReferencesNotWatched" : "AllReady";
}
