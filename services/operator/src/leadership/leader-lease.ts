import { hostname } from "node:os";
import { isConflict, type KubeClient, type KubeObject, microTime } from "@dumbwaiter/kubernetes";

export interface LeaderLeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly leaseName: string;
  /** How long the holder may be silent before others take the lease. */
  readonly leaseMs: number;
  /** Distinguishes this process from others; the host name by default. */
  readonly identity?: string | undefined;
  /** Timeout of each request. */
  readonly timeoutMs: number;
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

const RELEASE_TIMEOUT_MS = 2_000;

/**
 * The Lease object that one of several processes holds and renews. Another process may take it after seeing no change
 * of it for its whole duration, by its own clock: clocks of different machines are never compared.
 */
export class LeaderLease {
  readonly #options: LeaderLeaseOptions;
  readonly #identity: string;
  /** The resource version that was seen last, and when it was first seen. */
  #lastSeen: { readonly version: string; readonly at: number } | undefined;

  constructor(options: LeaderLeaseOptions) {
    this.#options = options;
    this.#identity = `${options.identity ?? hostname()}_${crypto.randomUUID()}`;
  }

  /** Renews the lease if this process holds it, takes it if it is free or expired. @returns whether it is ours now */
  async tryHold(): Promise<boolean> {
    const { client, leaseMs, timeoutMs } = this.#options;
    const lease = await this.#read();
    const holder = lease?.spec?.holderIdentity ?? "";
    const isOurs = holder === this.#identity;
    if (lease !== undefined && !isOurs && holder !== "" && !this.#isExpired(lease)) return false;
    const now = microTime(new Date());
    const spec = {
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1000),
      acquireTime: isOurs ? lease?.spec?.acquireTime : now,
      renewTime: now,
      leaseTransitions: (lease?.spec?.leaseTransitions ?? 0) + (isOurs || lease === undefined ? 0 : 1),
    };
    try {
      // Bound to the resource version that was read: of two processes that try, one succeeds.
      if (lease === undefined) await client.create({ ...this.#name(), spec }, { timeoutMs });
      else await client.update({ ...lease, spec }, { timeoutMs });
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  }

  /** Gives the lease up, so that another process can take it at once. */
  async release(): Promise<void> {
    const lease = await this.#read();
    if (lease?.spec?.holderIdentity !== this.#identity) return;
    const spec = { ...lease.spec, holderIdentity: "", renewTime: microTime(new Date()) };
    await this.#options.client.update({ ...lease, spec }, { timeoutMs: RELEASE_TIMEOUT_MS });
  }

  async #read(): Promise<Lease | undefined> {
    const { client, timeoutMs } = this.#options;
    return (await client.find(this.#name(), { timeoutMs })) as Lease | undefined;
  }

  #isExpired({ metadata, spec }: Lease): boolean {
    const version = metadata.resourceVersion ?? "";
    if (this.#lastSeen?.version !== version) this.#lastSeen = { version, at: performance.now() };
    return performance.now() - this.#lastSeen.at >= (spec?.leaseDurationSeconds ?? 0) * 1000;
  }

  #name() {
    const { namespace, leaseName } = this.#options;
    return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: leaseName, namespace } };
  }
}
