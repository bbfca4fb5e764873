import type { DesiredObject } from "./desired-state.ts";
import type { InventoryEntry } from "./routing-service.ts";

/** IAMPolicyMembers are immutable: a changed one has another hash at the end of its name. */
const HASH = /-[0-9a-f]{10}$/;

/**
 * The grants that may replace one that the spec no longer asks for: those of the same holder. Until they are in effect,
 * the old one stays, so that pods never lack a right that they keep.
 */
export function replacementsOf(
  { kind, name }: InventoryEntry,
  objects: readonly DesiredObject[],
): DesiredObject[] {
  if (kind !== "IAMPolicyMember") return [];
  const holder = name.replace(HASH, "");
  return objects.filter((object) => object.kind === kind && object.name.replace(HASH, "") === holder);
}
