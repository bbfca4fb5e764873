import { type Claim, claimsOf, statusNames } from "@dumbwaiter/infra";
import { readNames } from "./read-spec.ts";
import { keyOf, type RoutingService } from "./routing-service.ts";

/** A routing service that claims names. */
export interface Claimant {
  readonly key: string;
  readonly createdAt: string;
  /** By key: what its spec asks for. */
  readonly wanted: ReadonlyMap<string, Claim>;
  /** Keys of what its objects use or are about to use, whatever its spec asks for by now. */
  readonly held: ReadonlySet<string>;
}

/** A routing service asks for what another one has. */
export interface NameConflict {
  /** The key of the other one. */
  readonly holder: string;
  readonly message: string;
}

/** @param applying keys of claims that are being applied */
export function claimantOf(routingService: RoutingService, applying: readonly string[] = []): Claimant {
  const { metadata } = routingService;
  const read = readNames(routingService);
  const claims = read ? claimsOf(metadata, read.spec, statusNames(read.names)) : [];
  const wanted = new Map(claims.map((claim) => [claim.key, claim]));
  return {
    key: keyOf(routingService),
    createdAt: metadata.creationTimestamp ?? "",
    wanted,
    held: new Set([...appliedClaims(routingService, [...wanted.keys()]), ...applying]),
  };
}

/** Version 0.1.0 wrote an inventory but no claims: nothing but the spec says what its objects use. */
function appliedClaims({ status }: RoutingService, wanted: readonly string[]): readonly string[] {
  return status?.claims ?? (status?.inventory === undefined ? [] : wanted);
}

/**
 * The one that has a name keeps it. Of those that only ask for it, the one that was created first gets it, or the first
 * by key. The other one is not applied at all: with some of its names it would not work.
 *
 * @param others those that claim any of the same, and perhaps more, or this one itself
 */
export function nameConflict(claimant: Claimant, others: Iterable<Claimant>): NameConflict | undefined {
  let first: NameConflict | undefined;
  for (const other of others) {
    if (other.key === claimant.key) continue;
    const lost = [...claimant.wanted.values()].filter((claim) => precedes(other, claimant, claim));
    const used = lost.filter(({ key }) => other.held.has(key));
    if (used.length > 0) return conflict(other, "already uses", used);
    if (lost.length > 0) first ??= conflict(other, "asked first for", lost);
  }
  return first;
}

function precedes(other: Claimant, claimant: Claimant, { key }: Claim): boolean {
  const isHeld = other.held.has(key);
  if (!isHeld && !other.wanted.has(key)) return false;
  if (isHeld !== claimant.held.has(key)) return isHeld;
  if (other.createdAt !== claimant.createdAt) return other.createdAt < claimant.createdAt;
  return other.key < claimant.key;
}

function conflict({ key }: Claimant, has: string, claims: readonly Claim[]): NameConflict {
  const texts = [...new Set(claims.map(({ text }) => text))].join(", ");
  const advice = "Set other names; where a field is immutable, create the RoutingService again";
  return {
    holder: key,
    message: `RoutingService ${key} ${has} ${texts}; the operator makes no changes. ${advice}`,
  };
}
