import { type NetworkPrefix, UNKNOWN_NETWORK } from "@dumbwaiter/core";
import { RecentUsers } from "@dumbwaiter/service";
import { Pace } from "./pace.ts";

/** How fast anonymous senders send over all sockets of a node: together as fast as one user, each network slower. */
export class AnonymousPaces {
  readonly #all = new Pace();
  readonly #networks = new RecentUsers<Pace, NetworkPrefix>(() => Pace.ofNetwork());

  /** One for all sockets of a network. */
  of(network: NetworkPrefix): Pace {
    return network === UNKNOWN_NETWORK ? this.#all : this.#networks.of(network);
  }

  /** Resolves when this much may be sent from the network, which is counted then. */
  async take(network: NetworkPrefix, bytes: number): Promise<void> {
    const own = this.of(network);
    if (own !== this.#all) await own.take(bytes);
    await this.#all.take(bytes);
  }
}
