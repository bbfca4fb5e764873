import { type NetworkPrefix, UNKNOWN_NETWORK } from "@dumbwaiter/core";
import { RecentUsers } from "@dumbwaiter/service";
import { Pace } from "./pace.ts";

/**
 * How fast anonymous senders send over all sockets of a node: together as fast as one user, each network slower. What
 * limits or access keys refuse counts for its network alone: a few networks could hold up all others with it.
 */
export class AnonymousPaces {
  /** Of all networks together. */
  readonly all = new Pace();
  /** Callers whose network is unknown may be anybody, and as many as there are. */
  readonly #networks = new RecentUsers<Pace, NetworkPrefix>((network) =>
    network === UNKNOWN_NETWORK ? new Pace() : Pace.ofNetwork(),
  );

  /** One for all sockets of a network. */
  of(network: NetworkPrefix): Pace {
    return this.#networks.of(network);
  }
}
