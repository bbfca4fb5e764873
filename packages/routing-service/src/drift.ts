import {
  appliedBy,
  fieldPaths,
  type KubeObject,
  type ManagedFieldsEntry,
  ownersOf,
} from "@dumbwaiter/kubernetes";
import { FIELD_MANAGER } from "./routing-service.ts";

/** What others changed in an owned object before the operator restored it. */
export interface Drift {
  /** The fields that were changed or removed; none if the whole object was deleted. */
  readonly fields: readonly string[];
  /** The field managers that did it, as far as `managedFields` tells. */
  readonly managers: readonly string[];
}

/**
 * Compares an object as it was found with the result of the apply: the API server removes from our entry of
 * `managedFields` what others change or remove.
 *
 * @param found undefined if the object was gone
 * @returns undefined if nobody had changed a field that the operator applies
 */
export function driftOf(found: KubeObject | undefined, repaired: KubeObject): Drift | undefined {
  if (found === undefined || found.metadata.uid !== repaired.metadata.uid) {
    return { fields: [], managers: [] };
  }
  const ownedBefore = new Set(fieldPaths(appliedBy(found, FIELD_MANAGER)?.fieldsV1));
  const fields = fieldPaths(appliedBy(repaired, FIELD_MANAGER)?.fieldsV1).filter(
    (path) => !ownedBefore.has(path),
  );
  if (fields.length === 0) return undefined;
  const owners = fields.flatMap((field) => ownersOf(found, field, FIELD_MANAGER));
  // A removed field has no owner: the last writer is the likeliest.
  const likely = owners.length > 0 ? owners : lastWriters(found);
  return { fields, managers: [...new Set(likely.map(({ manager }) => manager))] };
}

function lastWriters({ metadata }: KubeObject): ManagedFieldsEntry[] {
  const others = (metadata.managedFields ?? []).filter(
    ({ manager, subresource }) => manager !== FIELD_MANAGER && subresource === undefined,
  );
  const [latest] = others
    .map(({ time = "" }) => time)
    .toSorted()
    .toReversed();
  return others.filter(({ time = "" }) => time === latest);
}
