import { type Claim, claimsOf, statusNames } from "@dumbwaiter/infra";
import { readNames } from "./read-spec.ts";
import { keyOf, type RoutingService, type StatusNames } from "./routing-service.ts";

/** A routing service that claims names. */
export interface Claimant {
  readonly key: string;
  readonly createdAt: string;
  /** By key: what its spec asks for. */
  readonly wanted: ReadonlyMap<string, Claim>;
  /** By key: what its objects use, even if the spec has changed since. */
  readonly held: ReadonlyMap<string, Claim>;
}

/** A routing service asks for what another one has. */
export interface NameConflict {
  /** The key of the other one. */
  readonly holder: string;
  readonly message: string;
}

/** @param inUse the names that its objects use; undefined if none was ever applied, or by version 0.1.0 */
export function claimantOf(
  routingService: RoutingService,
  inUse: StatusNames | undefined = routingService.status?.names,
): Claimant {
  const { metadata } = routingService;
  const read = readNames(routingService);
  const claims = (names: StatusNames | undefined) =>
    new Map(
      read && names ? claimsOf(metadata.namespace, read.spec, names).map((claim) => [claim.key, claim]) : [],
    );
  return {
    key: keyOf(routingService),
    createdAt: metadata.creationTimestamp ?? "",
    wanted: claims(read && statusNames(read.names)),
    held: claims(inUse),
  };
}

/**
 * Who has a name keeps it; of those who only want it, the one that was created first gets it, or the first by key. The
 * other is not applied at all: with some of its names it would not work.
 *
 * @param others those that claim any of the same, and perhaps more, or this one itself
 */
export function nameConflict(claimant: Claimant, others: Iterable<Claimant>): NameConflict | undefined {
  for (const other of others) {
    if (other.key === claimant.key) continue;
    const lost = [...claimant.wanted.values()].filter((claim) => precedes(other, claimant, claim));
    if (lost.length > 0) return { holder: other.key, message: messageOf(other, lost) };
  }
  return undefined;
}

function precedes(other: Claimant, claimant: Claimant, { key }: Claim): boolean {
  const isHeld = other.held.has(key);
  if (!isHeld && !other.wanted.has(key)) return false;
  if (isHeld !== claimant.held.has(key)) return isHeld;
  if (other.createdAt !== claimant.createdAt) return other.createdAt < claimant.createdAt;
  return other.key < claimant.key;
}

function messageOf({ key }: Claimant, lost: readonly Claim[]): string {
  const texts = [...new Set(lost.map(({ text }) => text))].join(", ");
  return `RoutingService ${key} already uses ${texts}; the operator makes no changes. Set other names; where a field is immutable, create the RoutingService again`;
}
