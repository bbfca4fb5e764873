import type { Drift, ForeignChange } from "@dumbwaiter/routing-service";
import type { DriftedObject } from "./reconcile-outcome.ts";

const MAX_FIELDS = 5;

/** Of fields that the operator sets. */
export function restoredMessage(what: string, { fields, managers }: Drift): string {
  if (fields.length === 0) return `Recreated ${what}, which had been deleted`;
  const changer = managers.join(", ") || "an unknown field manager";
  return `Restored ${firstOf(fields)} of ${what}, which ${changer} had changed`;
}

/** Of fields that others had added. */
export function removedMessage(what: string, changes: readonly ForeignChange[]): string {
  const fields = firstOf(changes.map(({ field }) => field));
  const managers = [...new Set(changes.flatMap((change) => change.managers))].join(", ");
  return `Removed ${fields} of ${what}, which ${managers} had added`;
}

/** Of fields that others added, and that stay. */
export function keptMessage(drifted: readonly DriftedObject[]): string {
  const objects = drifted.map(({ what, changes }) => {
    const fields = changes.map(({ field, managers }) => `${field} (${managers.join(", ")})`);
    return `${what}: ${firstOf(fields)}`;
  });
  return [
    ...objects,
    "remove them, set spec.enforce to strict, or name the field managers in the annotation dumbwaiter.io/ignore-field-managers",
  ].join("; ");
}

function firstOf(fields: readonly string[]): string {
  const named = fields.slice(0, MAX_FIELDS).join(", ");
  const others = fields.length - MAX_FIELDS;
  return others > 0 ? `${named} and ${others} more field${others === 1 ? "" : "s"}` : named;
}
