import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "@dumbwaiter/core";
import { protos, type v1 } from "@google-cloud/pubsub";
import type { Client } from "@grpc/grpc-js";
import type { DependencyCalls } from "../dependency-calls.ts";
import { duplexCall, method, routedBy } from "../google-calls.ts";
import type { GoogleClient } from "../google-client.ts";
import { setupFaultCode } from "../setup-faults.ts";
import { type Grant, PullAllowance } from "./pull-allowance.ts";

export type ReceivedMessage = protos.google.pubsub.v1.IReceivedMessage;

const { StreamingPullRequest, StreamingPullResponse } = protos.google.pubsub.v1;
const STREAMING_PULL = method(
  "google.pubsub.v1.Subscriber/StreamingPull",
  StreamingPullRequest,
  StreamingPullResponse,
);
/** Google ends a stream after so long by itself. */
const STREAM_MS = 30 * 60_000;

interface PullSettings {
  /** Full name. */
  readonly subscription: string;
  readonly streams: number;
  readonly ackDeadlineSeconds: number;
  /** What may be leased of all streams together; Google's emulator ignores it. */
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** A stream that has been open for this long counts as connected. */
const STEADY_MS = 1_000;
const BACKOFF = { firstMs: 100, maxMs: 2_000 };
/** The server ends a stream on which we write nothing, and in this version of the protocol answers what we write. */
const PING_MS = 7_500;
const PROTOCOL_VERSION = 1;
/** For the answer that shows whether streams that bring nothing are still connected. */
const PROBE_MS = 5_000;

/** @param ended must be called when the lease of the message has ended */
export type Receive = (message: ReceivedMessage, ended: () => void) => void;

/**
 * Several StreamingPull calls on one subscription, each reopened when it ends.
 *
 * Streams on a connection that no longer carries anything are as silent as those of an idle subscription. So when not
 * even the pings are answered, one call of another kind is made: without an answer to it, the channel gives the
 * connection up, with all streams. The streams themselves may live although pings are not answered.
 */
export class PullStreams {
  readonly #client: GoogleClient<v1.SubscriberClient>;
  readonly #calls: DependencyCalls;
  readonly #settings: PullSettings;
  readonly #allowance: PullAllowance;
  readonly #receive: Receive;
  readonly #closing = new AbortController();
  readonly #open = new Set<{ write(ping: object): void }>();
  readonly #loops: readonly Promise<void>[];
  readonly #pinging: NodeJS.Timeout;
  /** Whether anything has come over a stream since the last ping. */
  #heard = true;
  #missing = false;

  constructor(
    client: GoogleClient<v1.SubscriberClient>,
    calls: DependencyCalls,
    settings: PullSettings,
    receive: Receive,
  ) {
    this.#client = client;
    this.#calls = calls;
    this.#settings = settings;
    this.#receive = receive;
    const { maxMessages, maxBytes } = settings;
    const streams = Math.min(settings.streams, maxMessages);
    this.#allowance = new PullAllowance({ messages: maxMessages, bytes: maxBytes }, streams);
    this.#loops = Array.from({ length: streams }, () => this.#keepOpen());
    this.#pinging = setInterval(() => this.#ping(), PING_MS);
  }

  /** Whether Pub/Sub says that there is no such subscription. */
  get isMissing(): boolean {
    return this.#missing;
  }

  /** Nothing is received from now on. What the server has sent and we have not received is redelivered. */
  close(): void {
    this.#closing.abort();
    this.#allowance.close();
    clearInterval(this.#pinging);
  }

  /** Resolves once no stream is left, after `close`. */
  async whenEnded(): Promise<void> {
    await Promise.all(this.#loops);
  }

  #ping(): void {
    if (!this.#heard && this.#open.size > 0) void this.#probe();
    this.#heard = false;
    for (const stream of this.#open) stream.write({});
  }

  /** An answer of any kind will do: a subscriber may lack the permission to look. */
  async #probe(): Promise<void> {
    const { subscription } = this.#settings;
    const options = { timeout: PROBE_MS, retry: null };
    await this.#client
      .ready()
      .then((client) => client.getSubscription({ subscription }, options))
      .catch(() => {});
  }

  async #keepOpen(): Promise<void> {
    const { signal } = this.#closing;
    // By it, Pub/Sub hands the state of a stream on to the one that takes its place.
    const clientId = randomUUID();
    for (let failures = 0; ; ) {
      const grant = await this.#allowance.grant();
      if (!grant || signal.aborted) return;
      const openedAt = performance.now();
      const error = await this.#client.stub().then(
        (stub) => this.#pull(stub, clientId, grant),
        (noCredentials) => noCredentials,
      );
      grant.end();
      const steady = performance.now() - openedAt >= STEADY_MS;
      if (steady) failures = 0;
      if (steady || signal.aborted) continue;
      this.#missing = setupFaultCode(error) === "NOT_FOUND";
      this.#calls.reportBroken({ method: "streamingPull", resource: this.#settings.subscription }, error);
      await sleep(backoffMs(BACKOFF, failures), undefined, { signal }).catch(() => {});
      failures += 1;
    }
  }

  /**
   * Resolves when the stream has ended for any reason: its duration shows whether it was connected.
   *
   * @returns the error that ended it, if one did
   */
  async #pull(stub: Client, clientId: string, grant: Grant): Promise<unknown> {
    const { subscription, ackDeadlineSeconds } = this.#settings;
    const { signal } = this.#closing;
    if (signal.aborted) return undefined;
    const stream = duplexCall(stub, STREAMING_PULL, STREAM_MS, routedBy("subscription", subscription));
    const cancel = () => stream.cancel();
    signal.addEventListener("abort", cancel);
    const steady = setTimeout(() => {
      this.#missing = false;
      this.#calls.reportOpen();
    }, STEADY_MS);
    this.#open.add(stream);
    const error = await new Promise<unknown>((ended) => {
      stream.on("error", ended).on("end", ended);
      stream.on("data", ({ receivedMessages }) => {
        if (signal.aborted) return;
        this.#heard = true;
        for (const received of receivedMessages) {
          this.#receive(received, grant.take(received.message?.data?.length ?? 0));
        }
      });
      stream.write({
        subscription,
        clientId,
        streamAckDeadlineSeconds: ackDeadlineSeconds,
        maxOutstandingMessages: grant.messages,
        maxOutstandingBytes: grant.bytes,
        protocolVersion: PROTOCOL_VERSION,
      });
    });
    clearTimeout(steady);
    this.#open.delete(stream);
    signal.removeEventListener("abort", cancel);
    stream.cancel();
    return error;
  }
}
