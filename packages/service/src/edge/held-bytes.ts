/** A connection, for which bytes are held: what waits to be written to it, and what has come and is not done with. */
export interface Holder {
  /** How many bytes it holds right now; what {@link HeldBytes.update} was told may be more. */
  readonly heldBytes: number;
  /** Ends the connection and frees what it holds. */
  evict(): void;
  /** Kept by {@link HeldBytes} alone, because a map of all holders would take more memory. */
  group?: HolderGroup | undefined;
}

interface HeldBytesLimits {
  /** Of all connections that have not joined, where there are such. */
  readonly strangers?: number;
  /** Of one owner: of all connections of a user, or a network. */
  readonly owner: number;
  /** Of all of them. */
  readonly total: number;
}

/** The owner of connections that have not joined. */
const STRANGERS = Symbol("strangers");

/** The connections of one owner, who share a limit. */
export class HolderGroup {
  readonly countedBy: HeldBytes;
  readonly owner: string | typeof STRANGERS;
  /** What each was last known to hold; the oldest first. */
  readonly held = new Map<Holder, number>();
  bytes = 0;

  constructor(countedBy: HeldBytes, owner: string | typeof STRANGERS) {
    this.countedBy = countedBy;
    this.owner = owner;
  }

  /** @returns by how much its bytes have changed */
  set(holder: Holder, bytes: number): number {
    const change = bytes - (this.held.get(holder) ?? 0);
    this.held.set(holder, bytes);
    this.bytes += change;
    return change;
  }

  /** The one that holds the most; of equal ones, the oldest. */
  get worst(): Holder | undefined {
    let worst: Holder | undefined;
    for (const [holder, bytes] of this.held) {
      if (!worst || bytes > (this.held.get(worst) ?? 0)) worst = holder;
    }
    return worst;
  }
}

/**
 * Bounds what a process holds in memory for clients. Where an owner, all of them, or the connections that have not
 * joined hold too much, those that hold the most end: of all, the ones of the owner who holds the most.
 */
export class HeldBytes {
  readonly #limits: HeldBytesLimits;
  readonly #groups = new Map<HolderGroup["owner"], HolderGroup>();
  /** Those that hold more than they may, or did when all held too much. */
  readonly #suspects = new Set<HolderGroup>();
  #total = 0;

  constructor(limits: HeldBytesLimits) {
    this.#limits = limits;
  }

  /** A connection that has not joined. */
  add(holder: Holder): void {
    this.#enter(holder, STRANGERS);
  }

  /** A connection that has joined, of this owner: a user, or a network. Nothing else counts it any longer. */
  join(holder: Holder, owner: string): void {
    holder.group?.countedBy.remove(holder);
    this.#enter(holder, owner);
  }

  remove(holder: Holder): void {
    const { group } = holder;
    if (group?.countedBy !== this) return;
    this.#total += group.set(holder, 0);
    group.held.delete(holder);
    holder.group = undefined;
    if (group.held.size === 0) this.#groups.delete(group.owner);
  }

  /** Counts again what it holds. Whoever holds too much ends after the running operation, which may still use it. */
  update(holder: Holder): void {
    const { group } = holder;
    if (group?.countedBy !== this) return;
    const change = group.set(holder, holder.heldBytes);
    this.#total += change;
    if (change <= 0 || !(this.#isOver(group) || this.#total > this.#limits.total)) return;
    if (this.#suspects.size === 0) process.nextTick(() => this.#evict());
    this.#suspects.add(group);
  }

  #enter(holder: Holder, owner: HolderGroup["owner"]): void {
    const group = this.#groups.get(owner) ?? new HolderGroup(this, owner);
    this.#groups.set(owner, group);
    holder.group = group;
    this.update(holder);
  }

  #evict(): void {
    for (const group of this.#suspects) {
      this.#recount(group);
      while (this.#isOver(group)) this.#evictFrom(group);
    }
    this.#suspects.clear();
    if (this.#total > this.#limits.total) for (const group of this.#groups.values()) this.#recount(group);
    while (this.#total > this.#limits.total) {
      const groups = [...this.#groups.values()];
      this.#evictFrom(groups.reduce((most, each) => (each.bytes > most.bytes ? each : most)));
    }
  }

  #recount(group: HolderGroup): void {
    for (const holder of group.held.keys()) this.#total += group.set(holder, holder.heldBytes);
  }

  #evictFrom(group: HolderGroup): void {
    const { worst } = group;
    if (!worst) return;
    this.remove(worst);
    worst.evict();
  }

  #isOver({ owner, bytes }: HolderGroup): boolean {
    return bytes > (owner === STRANGERS ? (this.#limits.strangers ?? 0) : this.#limits.owner);
  }
}
