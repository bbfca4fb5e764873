import {
  type Claimant,
  claimantOf,
  type NameConflict,
  nameConflict,
  type RoutingService,
} from "@dumbwaiter/routing-service";

/** Which routing services claim which names. */
export class NamesInUse {
  readonly #claimants = new Map<string, Claimant>();
  /** The keys of those that claim a name, by the key of the claim. */
  readonly #byClaim = new Map<string, Set<string>>();
  /** What this process applies or has applied, perhaps before the status says so. */
  readonly #applying = new Map<string, { readonly uid: string; readonly claims: readonly string[] }>();

  /**
   * @param routingService undefined if it is gone
   * @returns the keys of the others that claim what it claims or claimed: this may be their turn
   */
  changed(key: string, routingService: RoutingService | undefined): Set<string> {
    const before = this.#rivalsOf(key);
    this.#remove(key);
    const applying = this.#applying.get(key);
    if (applying !== undefined && applying.uid !== routingService?.metadata.uid) this.#applying.delete(key);
    if (routingService !== undefined) {
      this.#add(claimantOf(routingService, this.#applying.get(key)?.claims));
    }
    return new Set([...before, ...this.#rivalsOf(key)]);
  }

  /** Whether another routing service has names that this one asks for. */
  conflictOf(key: string): NameConflict | undefined {
    const claimant = this.#claimants.get(key);
    const rivals = [...this.#rivalsOf(key)].flatMap((rival) => this.#claimants.get(rival) ?? []);
    return claimant && nameConflict(claimant, rivals);
  }

  /** From now on it holds what it asks for, too, before anything is applied. @returns what it asks for */
  applying(key: string, routingService: RoutingService): readonly string[] {
    const { wanted, held } = this.#claimants.get(key) ?? claimantOf(routingService);
    const claims = [...wanted.keys()].sort();
    this.#applying.set(key, { uid: routingService.metadata.uid, claims });
    if (!claims.every((claim) => held.has(claim))) this.changed(key, routingService);
    return claims;
  }

  /** What no other routing service may use. */
  heldBy(key: string): readonly string[] {
    return [...(this.#claimants.get(key)?.held ?? [])].sort();
  }

  /** Its status alone says what it holds: another process applies it. @returns whether this one has applied it */
  forget(key: string): boolean {
    return this.#applying.delete(key);
  }

  /** From now on statuses alone say what is in use, because another process may have led in the meantime. */
  forgetApplied(routingServiceOf: (key: string) => RoutingService | undefined): void {
    const keys = [...this.#applying.keys()];
    this.#applying.clear();
    for (const key of keys) this.changed(key, routingServiceOf(key));
  }

  #rivalsOf(key: string): Set<string> {
    const rivals = new Set(this.#claimsOf(key).flatMap((claim) => [...(this.#byClaim.get(claim) ?? [])]));
    rivals.delete(key);
    return rivals;
  }

  #claimsOf(key: string): string[] {
    const claimant = this.#claimants.get(key);
    return claimant === undefined ? [] : [...claimant.wanted.keys(), ...claimant.held];
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
