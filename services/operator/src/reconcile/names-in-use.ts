import { isDeepStrictEqual } from "node:util";
import {
  type Claimant,
  claimantOf,
  type NameConflict,
  nameConflict,
  type RoutingService,
  type StatusNames,
} from "@dumbwaiter/routing-service";

/** Which routing services claim which names. */
export class NamesInUse {
  readonly #claimants = new Map<string, Claimant>();
  /** The keys of those that claim a name, by the key of the claim. */
  readonly #byClaim = new Map<string, Set<string>>();
  /** What was applied in this process, perhaps since the status was last read. */
  readonly #applied = new Map<string, { readonly uid: string; readonly names: StatusNames }>();

  /**
   * @param routingService undefined if it is gone
   * @returns the keys of the others that claim what it claims or claimed: this may be their turn
   */
  changed(key: string, routingService: RoutingService | undefined): Set<string> {
    const before = this.#rivalsOf(key);
    this.#remove(key);
    if (routingService === undefined) this.#applied.delete(key);
    else this.#add(claimantOf(routingService, this.#inUse(key, routingService)));
    return new Set([...before, ...this.#rivalsOf(key)]);
  }

  /** Whether another routing service has names that this one asks for. */
  conflictOf(key: string): NameConflict | undefined {
    const claimant = this.#claimants.get(key);
    const rivals = [...this.#rivalsOf(key)].flatMap((rival) => this.#claimants.get(rival) ?? []);
    return claimant && nameConflict(claimant, rivals);
  }

  /** From now on the names are this one's, before anything is applied. */
  applying(key: string, routingService: RoutingService, names: StatusNames): void {
    if (isDeepStrictEqual(this.#inUse(key, routingService), names)) return;
    this.#applied.set(key, { uid: routingService.metadata.uid, names });
    this.changed(key, routingService);
  }

  /** From now on statuses alone say what is in use, because another process may have led in the meantime. */
  forgetApplied(routingServiceOf: (key: string) => RoutingService | undefined): void {
    const keys = [...this.#applied.keys()];
    this.#applied.clear();
    for (const key of keys) this.changed(key, routingServiceOf(key));
  }

  #inUse(key: string, { metadata, status }: RoutingService): StatusNames | undefined {
    const applied = this.#applied.get(key);
    return applied?.uid === metadata.uid ? applied.names : status?.names;
  }

  #rivalsOf(key: string): Set<string> {
    const rivals = new Set(this.#claimsOf(key).flatMap((claim) => [...(this.#byClaim.get(claim) ?? [])]));
    rivals.delete(key);
    return rivals;
  }

  #claimsOf(key: string): string[] {
    const claimant = this.#claimants.get(key);
    return claimant === undefined ? [] : [...claimant.wanted.keys(), ...claimant.held.keys()];
  }

  #add(claimant: Claimant): void {
    this.#claimants.set(claimant.key, claimant);
    for (const claim of this.#claimsOf(claimant.key)) {
      this.#byClaim.set(claim, (this.#byClaim.get(claim) ?? new Set()).add(claimant.key));
    }
  }

  #remove(key: string): void {
    for (const claim of this.#claimsOf(key)) {
      const keys = this.#byClaim.get(claim);
      keys?.delete(key);
      if (keys?.size === 0) this.#byClaim.delete(claim);
    }
    this.#claimants.delete(key);
  }
}
