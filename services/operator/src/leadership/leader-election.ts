import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isConflict, type KubeClient, type KubeObject, microTime } from "@dumbwaiter/kubernetes";

/** Whether this process may write, and for how long. */
export interface Leadership {
  /** Aborts when the leadership ends. */
  readonly signal: AbortSignal;
  /** How long we may still write, in ms. @throws NotLeadingError when not at all */
  remainingMs(): number;
}

export class NotLeadingError extends Error {
  override readonly name = "NotLeadingError";

  constructor() {
    super("This process does not lead (any more)");
  }
}

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly leaseName: string;
  /** How long others wait for a silent leader. */
  readonly leaseMs: number;
  /** Tells this process from others; from the host's name when not given. */
  readonly identity?: string | undefined;
  /** We lead from now on. */
  readonly onLeading: () => void;
  /** We do not lead any more; resolves once nothing of ours is under way. */
  readonly onLost: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** We stop writing that much of the lease before others may begin. */
const RENEW_SHARE = 2 / 3;
const RETRY_SHARE = 1 / 7;

/**
 * One of several processes leads: the one whose name stands in a Lease and that renews it. Times are taken from our own
 * clocks alone: a lease counts as silent once we have seen no change of it for its whole duration, and ours ends after
 * two thirds of that without a renewal, whatever the API server does.
 */
export class LeaderElection implements Leadership {
  readonly #options: LeaderElectionOptions;
  readonly #identity: string;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #term: AbortController | undefined;
  /** Ends the term on time, though a renewal may be under way. */
  #expiry: NodeJS.Timeout | undefined;
  /** When the last successful renewal was asked for, on both clocks: one stands still while a machine sleeps. */
  #renewedAt = { monotonic: 0, wall: 0 };
  /** The state of the lease that we saw last, and when it changed. */
  #seen: { version: string; at: number } | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#identity = `${options.identity ?? hostname()}_${crypto.randomUUID()}`;
  }

  get signal(): AbortSignal {
    if (this.#term === undefined) throw new NotLeadingError();
    return this.#term.signal;
  }

  remainingMs(): number {
    const remaining = this.#term === undefined ? 0 : this.#remainingMs();
    if (remaining <= 0) throw new NotLeadingError();
    return remaining;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends our leadership and gives the lease back, so that another takes it at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    if (this.#term === undefined) return;
    await this.#resign();
    await this.#release().catch(this.#options.onError);
  }

  async #run(): Promise<void> {
    const { leaseMs, onLeading, onError } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const isHeld = await this.#tryToHold();
        // A term that has run out has stopped what was under way: another begins after that.
        if (!isHeld || this.#term?.signal.aborted) await this.#resign();
        else if (this.#term === undefined) {
          this.#term = new AbortController();
          this.#expireOnTime(this.#term);
          onLeading();
        } else this.#expireOnTime(this.#term);
      } catch (error) {
        onError(error);
      }
      const pauseMs = leaseMs * RETRY_SHARE * (0.8 + Math.random() * 0.4);
      await this.#pause(pauseMs);
    }
  }

  /** Waits, but no longer than our lease. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    const waitMs = this.#term === undefined ? ms : Math.max(0, Math.min(ms, this.#remainingMs()));
    await sleep(waitMs, undefined, { signal }).catch(() => {});
    if (this.#term !== undefined && this.#remainingMs() <= 0) await this.#resign();
  }

  #expireOnTime(term: AbortController): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => term.abort(new NotLeadingError()), this.#remainingMs());
  }

  async #resign(): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    clearTimeout(this.#expiry);
    term.abort(new NotLeadingError());
    await this.#options.onLost();
  }

  #remainingMs(): number {
    const { monotonic, wall } = this.#renewedAt;
    const elapsed = Math.max(performance.now() - monotonic, Date.now() - wall);
    return this.#options.leaseMs * RENEW_SHARE - elapsed;
  }

  /** Renews the lease when it is ours, takes it when it is nobody's. @returns whether it is ours now */
  async #tryToHold(): Promise<boolean> {
    const { client, leaseMs } = this.#options;
    const askedAt = { monotonic: performance.now(), wall: Date.now() };
    const lease = await this.#read();
    const holder = lease?.spec?.holderIdentity ?? "";
    const isOurs = holder === this.#identity;
    if (lease !== undefined && !isOurs && holder !== "" && !this.#isSilent(lease)) return false;
    const now = microTime(new Date());
    const spec = {
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: isOurs ? lease?.spec?.acquireTime : now,
      renewTime: now,
      leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (isOurs || lease === undefined ? 0 : 1),
    };
    const timeoutMs = (leaseMs * RENEW_SHARE) / 2;
    try {
      // Replaces that very state of the lease: of two who try, one succeeds.
      if (lease === undefined) await client.create({ ...this.#name(), spec }, { timeoutMs });
      else await client.update({ ...lease, spec }, { timeoutMs });
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
    this.#renewedAt = askedAt;
    return true;
  }

  async #read(): Promise<Lease | undefined> {
    const timeoutMs = (this.#options.leaseMs * RENEW_SHARE) / 2;
    return (await this.#options.client.find(this.#name(), { timeoutMs })) as Lease | undefined;
  }

  #isSilent({ metadata, spec }: Lease): boolean {
    const version = metadata.resourceVersion ?? "";
    if (this.#seen?.version !== version) this.#seen = { version, at: performance.now() };
    return performance.now() - this.#seen.at >= (spec?.leaseDurationSeconds ?? 0) * 1000;
  }

  async #release(): Promise<void> {
    const lease = await this.#read();
    if (lease?.spec?.holderIdentity !== this.#identity) return;
    const spec = { ...lease.spec, holderIdentity: "", renewTime: microTime(new Date()) };
    await this.#options.client.update({ ...lease, spec }, { timeoutMs: 2_000 });
  }

  #name() {
    const { namespace, leaseName } = this.#options;
    return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: leaseName, namespace } };
  }
}
