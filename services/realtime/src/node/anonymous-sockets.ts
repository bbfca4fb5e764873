import {
  DEFAULT_MAX_ANONYMOUS_SOCKETS,
  DEFAULT_MAX_ANONYMOUS_SOCKETS_PER_NETWORK,
  type NetworkPrefix,
  RateLimitedError,
  UNKNOWN_NETWORK,
} from "@dumbwaiter/core";
import type { EngineSocket } from "../connection/engine-socket.ts";
import { Places } from "../connection/places.ts";
import type { RealtimeSettings } from "../dependencies.ts";
import type { RealtimeMetrics } from "../metrics.ts";
import type { OpenSocket } from "../session/open-socket.ts";

/** Another may have ended by then. */
const RETRY_MS = 5_000;

/**
 * The anonymous sockets of this node: a bounded number, so that those of devices always find room. While there are too
 * many, the one that has sent nothing for the longest makes room for the next: to open sockets is cheap, to have a
 * message accepted takes an access key.
 */
export class AnonymousSockets {
  /** Whoever has sent nothing for the longest is the first. */
  readonly #sessions = new Set<OpenSocket>();
  readonly #placesOfNetworks = new Places<NetworkPrefix>();
  readonly #places = new Places<"node">();
  readonly #max: number;
  readonly #maxPerNetwork: number;
  readonly #metrics: RealtimeMetrics;

  constructor(settings: RealtimeSettings, metrics: RealtimeMetrics) {
    this.#max = settings.maxAnonymousSockets ?? DEFAULT_MAX_ANONYMOUS_SOCKETS;
    this.#maxPerNetwork = settings.maxAnonymousSocketsPerNetwork ?? DEFAULT_MAX_ANONYMOUS_SOCKETS_PER_NETWORK;
    this.#metrics = metrics;
  }

  /**
   * Keeps one of its network's places for a connection until it closes.
   *
   * @returns what gives the place back sooner
   * @throws RateLimitedError
   */
  takePlaceOfNetwork(network: NetworkPrefix, connection: EngineSocket): () => void {
    // Callers whose network is unknown may be anybody.
    const max = network === UNKNOWN_NETWORK ? Number.POSITIVE_INFINITY : this.#maxPerNetwork;
    const giveBack = this.#placesOfNetworks.take(network, max, connection);
    if (!giveBack) throw new RateLimitedError(RETRY_MS);
    return giveBack;
  }

  /**
   * Keeps a place for a connection until it closes. Another may go for it, so limits come first.
   *
   * @throws RateLimitedError
   */
  takePlace(connection: EngineSocket): void {
    if (this.#places.taken("node") >= this.#max) this.#makeRoom();
    if (!this.#places.take("node", this.#max, connection)) throw new RateLimitedError(RETRY_MS);
  }

  add(session: OpenSocket): void {
    this.#sessions.add(session);
    this.#metrics.sockets.inc();
    this.#metrics.anonymousSockets.inc();
  }

  /** A message of it was accepted: now it is the last that would make room. */
  touch(session: OpenSocket): void {
    if (this.#sessions.delete(session)) this.#sessions.add(session);
  }

  remove(session: OpenSocket): void {
    if (!this.#sessions.delete(session)) return;
    this.#metrics.sockets.dec();
    this.#metrics.anonymousSockets.dec();
  }

  sessions(): Iterable<OpenSocket> {
    return this.#sessions;
  }

  #makeRoom(): void {
    const [first] = this.#sessions;
    first?.end("expired");
    // Its place is free once it is closed, and it might take its time.
    first?.connection.destroy();
  }
}
