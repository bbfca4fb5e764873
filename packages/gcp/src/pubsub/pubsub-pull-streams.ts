import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "@dumbwaiter/core";
import type { protos, v1 } from "@google-cloud/pubsub";
import type { DependencyCalls } from "../dependency-calls.ts";

export type ReceivedMessage = protos.google.pubsub.v1.IReceivedMessage;
type Response = protos.google.pubsub.v1.IStreamingPullResponse;

interface PullSettings {
  /** Full name. */
  readonly subscription: string;
  readonly streams: number;
  readonly ackDeadlineSeconds: number;
  /** What the server may send unacked on all streams together; Google's emulator ignores it. */
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** A stream that has been open for this long counts as connected. */
const STEADY_MS = 1_000;
const BACKOFF = { firstMs: 100, maxMs: 2_000 };
/** The server ends a stream on which we write nothing. */
const KEEP_ALIVE_MS = 30_000;

/** Several StreamingPull calls on one subscription, each reopened when it ends. */
export class PullStreams {
  readonly #client: v1.SubscriberClient;
  readonly #calls: DependencyCalls;
  readonly #settings: PullSettings;
  readonly #receive: (message: ReceivedMessage) => void;
  readonly #closing = new AbortController();

  constructor(
    client: v1.SubscriberClient,
    calls: DependencyCalls,
    settings: PullSettings,
    receive: (message: ReceivedMessage) => void,
  ) {
    this.#client = client;
    this.#calls = calls;
    this.#settings = settings;
    this.#receive = receive;
    for (let index = 0; index < settings.streams; index += 1) void this.#keepOpen();
  }

  /** Nothing is received from now on. What the server has sent and we have not received is redelivered. */
  close(): void {
    this.#closing.abort();
  }

  async #keepOpen(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      const openedAt = performance.now();
      await this.#pull();
      const steady = performance.now() - openedAt >= STEADY_MS;
      if (steady) failures = 0;
      if (steady || signal.aborted) continue;
      this.#calls.reportState(false);
      await sleep(backoffMs(BACKOFF, failures), undefined, { signal }).catch(() => {});
      failures += 1;
    }
  }

  /** Resolves when the stream has ended for any reason: its duration shows whether it was connected. */
  async #pull(): Promise<void> {
    const { subscription, streams, ackDeadlineSeconds, maxMessages, maxBytes } = this.#settings;
    const { signal } = this.#closing;
    const stream = this.#client.streamingPull({
      // The other calls have this header from the client.
      otherArgs: { headers: { "x-goog-request-params": `subscription=${subscription}` } },
    });
    const cancel = () => stream.cancel();
    signal.addEventListener("abort", cancel);
    const steady = setTimeout(() => this.#calls.reportState(true), STEADY_MS);
    const keepAlive = setInterval(() => stream.write({}), KEEP_ALIVE_MS);
    await new Promise<unknown>((ended) => {
      stream.on("error", ended).on("end", ended);
      stream.on("data", ({ receivedMessages }: Response) => {
        if (signal.aborted) return;
        for (const message of receivedMessages ?? []) this.#receive(message);
      });
      stream.write({
        subscription,
        streamAckDeadlineSeconds: ackDeadlineSeconds,
        maxOutstandingMessages: Math.ceil(maxMessages / streams),
        maxOutstandingBytes: Math.ceil(maxBytes / streams),
      });
    });
    clearTimeout(steady);
    clearInterval(keepAlive);
    signal.removeEventListener("abort", cancel);
    stream.cancel();
  }
}
