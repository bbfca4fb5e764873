import {
  Channel,
  type ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  connectivityState,
} from "@grpc/grpc-js";

/** How long a channel may try to connect before its attempts are discarded. */
const CONNECT_MS = 5_000;

/**
 * A gRPC channel that gives up on a connection that is never established, and tries again. The library waits
 * indefinitely for a peer that accepts a connection and stays silent, and minutes for one that does not even accept.
 */
export class ReconnectingChannel implements ChannelInterface {
  readonly #open: () => Channel;
  #channel: Channel;
  #closed = false;

  constructor(target: string, credentials: ChannelCredentials, options: ChannelOptions) {
    // Attempts shared with other channels would outlive this one.
    const ownPool = { ...options, "grpc.use_local_subchannel_pool": 1 };
    this.#open = () => new Channel(target, credentials, ownPool);
    this.#channel = this.#open();
    this.#watch(this.#channel);
  }

  /** A failing channel may already be retrying, so it counts as connecting. */
  #watch(channel: Channel, connectingSince?: number): void {
    const state = channel.getConnectivityState(false);
    if (this.#closed || channel !== this.#channel) return;
    const connecting =
      state === connectivityState.CONNECTING || state === connectivityState.TRANSIENT_FAILURE;
    const since = connecting ? (connectingSince ?? Date.now()) : undefined;
    channel.watchConnectivityState(
      state,
      since === undefined ? Number.POSITIVE_INFINITY : since + CONNECT_MS,
      (late) => {
        if (late) this.#renew();
        else this.#watch(channel, since);
      },
    );
  }

  #renew(): void {
    const given = this.#channel;
    this.#channel = this.#open();
    // Calls that wait in the old one fail as unavailable, and are retried.
    given.close();
    this.#watch(this.#channel);
  }

  close(): void {
    this.#closed = true;
    this.#channel.close();
  }

  createCall(
    ...call: Parameters<ChannelInterface["createCall"]>
  ): ReturnType<ChannelInterface["createCall"]> {
    return this.#channel.createCall(...call);
  }

  getTarget(): string {
    return this.#channel.getTarget();
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    return this.#channel.getConnectivityState(tryToConnect);
  }

  watchConnectivityState(...watch: Parameters<ChannelInterface["watchConnectivityState"]>): void {
    this.#channel.watchConnectivityState(...watch);
  }

  getChannelzRef(): ReturnType<ChannelInterface["getChannelzRef"]> {
    return this.#channel.getChannelzRef();
  }
}
