import { appliedBy, fieldPaths, type KubeObject, ownersOf } from "@dumbwaiter/kubernetes";
import { FIELD_MANAGER } from "@dumbwaiter/routing-service";

/** What somebody had done to an object before we put it right. */
export interface Drift {
  /** The fields that were changed or removed; none when the whole object was. */
  readonly fields: readonly string[];
  /** Who did it, as far as `managedFields` tells. */
  readonly managers: readonly string[];
}

const MAX_FIELDS = 5;

/**
 * Compares an object as it was found with the same after our apply: the API server takes from our entry what others
 * change or remove.
 *
 * @param found undefined when it was gone
 * @returns undefined when nothing of ours had been touched
 */
export function driftOf(found: KubeObject | undefined, repaired: KubeObject): Drift | undefined {
  if (found === undefined || found.metadata.uid !== repaired.metadata.uid) {
    return { fields: [], managers: [] };
  }
  const had = new Set(fieldPaths(appliedBy(found, FIELD_MANAGER)?.fieldsV1));
  const fields = fieldPaths(appliedBy(repaired, FIELD_MANAGER)?.fieldsV1).filter((path) => !had.has(path));
  if (fields.length === 0) return undefined;
  const owners = fields.flatMap((field) => ownersOf(found, field, FIELD_MANAGER));
  // Nobody owns what was removed: whoever wrote last is the likeliest.
  const likely = owners.length > 0 ? owners : lastWriters(found);
  return { fields, managers: [...new Set(likely.map(({ manager }) => manager))] };
}

export function describeDrift(what: string, { fields, managers }: Drift): string {
  if (fields.length === 0) return `${what} had been deleted and was made again`;
  const named = fields.slice(0, MAX_FIELDS).join(", ");
  const more = fields.length > MAX_FIELDS ? ` and ${fields.length - MAX_FIELDS} more` : "";
  return `${what}: ${named}${more} had been changed by ${managers.join(", ") || "somebody"} and put right`;
}

function lastWriters({ metadata }: KubeObject) {
  const others = (metadata.managedFields ?? []).filter(
    ({ manager, subresource }) => manager !== FIELD_MANAGER && subresource === undefined,
  );
  const latest = others
    .map(({ time = "" }) => time)
    .sort()
    .at(-1);
  return others.filter(({ time = "" }) => time === latest);
}
