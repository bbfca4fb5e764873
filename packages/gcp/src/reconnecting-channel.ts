import {
  Channel,
  type ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  connectivityState,
  type Deadline,
  status,
} from "@grpc/grpc-js";

/** How long a channel may try to connect before its attempts are discarded. */
const CONNECT_MS = 5_000;

/** After so much silence, a connection may have ended without a word. */
const STALE_MS = 10_000;
/** A call on a stale connection waits so long for a sign of life; it is then retried within its own deadline. */
const DOUBT_MS = 2_500;

/** Calls with deadlines beyond are streams, which may be silent. */
const MAX_CALL_MS = 60_000;

/** May come from this side, so they are no sign of life. */
const OWN_CODES: ReadonlySet<status> = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.UNAVAILABLE,
]);

type Call = ReturnType<ChannelInterface["createCall"]>;
type Listener = Parameters<Call["start"]>[1];

interface Line {
  readonly channel: Channel;
  readonly calls: Set<Call>;
  /** When anything last came from the other end, by performance.now(). */
  heardAt: number;
}

/**
 * A gRPC channel that gives up on connections that do not answer, and makes new ones. The library waits indefinitely
 * for a peer that accepts a connection and stays silent, and minutes for one that does not even accept. It notices
 * that a connection no longer carries anything only when calls are under way for longer than most of ours take.
 */
export class ReconnectingChannel implements ChannelInterface {
  readonly #open: () => Line;
  #line: Line;
  #closed = false;

  constructor(target: string, credentials: ChannelCredentials, options: ChannelOptions) {
    // Attempts shared with other channels would outlive this one.
    const ownPool = { ...options, "grpc.use_local_subchannel_pool": 1 };
    this.#open = () => ({
      channel: new Channel(target, credentials, ownPool),
      calls: new Set(),
      heardAt: performance.now(),
    });
    this.#line = this.#open();
    this.#watch(this.#line);
  }

  /** A failing channel may already be retrying, so it counts as connecting. */
  #watch(line: Line, connectingSince?: number): void {
    const state = line.channel.getConnectivityState(false);
    if (this.#closed || line !== this.#line) return;
    if (state === connectivityState.READY) line.heardAt = performance.now();
    const connecting =
      state === connectivityState.CONNECTING || state === connectivityState.TRANSIENT_FAILURE;
    const since = connecting ? (connectingSince ?? Date.now()) : undefined;
    line.channel.watchConnectivityState(
      state,
      since === undefined ? Number.POSITIVE_INFINITY : since + CONNECT_MS,
      (late) => {
        if (late) this.#renew();
        else this.#watch(line, since);
      },
    );
  }

  /** The calls of the channel that is given up on fail as unavailable, and are retried on the new one. */
  #renew(): void {
    const given = this.#line;
    this.#line = this.#open();
    given.channel.close();
    for (const call of [...given.calls]) {
      call.cancelWithStatus(status.UNAVAILABLE, "the connection did not answer");
    }
    this.#watch(this.#line);
  }

  /** Gives the connection up if nothing has come over it since. */
  #doubt(line: Line, since: number): void {
    const current = line === this.#line && !this.#closed;
    const connected = line.channel.getConnectivityState(false) === connectivityState.READY;
    if (current && connected && line.heardAt < since) this.#renew();
  }

  close(): void {
    this.#closed = true;
    this.#line.channel.close();
  }

  createCall(...[method, deadline, ...rest]: Parameters<ChannelInterface["createCall"]>): Call {
    const line = this.#line;
    const call = line.channel.createCall(method, deadline, ...rest);
    const start = call.start.bind(call);
    // Not assigned as it is written: see ADR 59.
    const startWatched: typeof start = (metadata, listener) => {
      line.calls.add(call);
      start(metadata, this.#listen(line, call, listener, msUntil(deadline) > MAX_CALL_MS));
    };
    call.start = startWatched;
    return call;
  }

  #listen(line: Line, call: Call, listener: Listener, mayBeSilent: boolean): Listener {
    const startedAt = performance.now();
    const doubt = () => this.#doubt(line, startedAt);
    const stale = !mayBeSilent && startedAt - line.heardAt > STALE_MS;
    const timer = stale ? setTimeout(doubt, DOUBT_MS) : undefined;
    const heard = () => {
      line.heardAt = performance.now();
      clearTimeout(timer);
    };
    return {
      onReceiveMetadata(metadata) {
        heard();
        listener.onReceiveMetadata(metadata);
      },
      onReceiveMessage(message) {
        heard();
        listener.onReceiveMessage(message);
      },
      onReceiveStatus(received) {
        clearTimeout(timer);
        line.calls.delete(call);
        if (!OWN_CODES.has(received.code)) heard();
        else if (received.code === status.DEADLINE_EXCEEDED && !mayBeSilent) doubt();
        listener.onReceiveStatus(received);
      },
    };
  }

  getTarget(): string {
    return this.#line.channel.getTarget();
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    return this.#line.channel.getConnectivityState(tryToConnect);
  }

  watchConnectivityState(...watch: Parameters<ChannelInterface["watchConnectivityState"]>): void {
    this.#line.channel.watchConnectivityState(...watch);
  }

  getChannelzRef(): ReturnType<ChannelInterface["getChannelzRef"]> {
    return this.#line.channel.getChannelzRef();
  }
}

function msUntil(deadline: Deadline): number {
  return Number(deadline) - Date.now();
}
