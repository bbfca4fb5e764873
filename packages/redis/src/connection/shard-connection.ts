import type { Redis } from "ioredis";
import { redacted } from "./redacted.ts";

export interface ShardEvents {
  /** The channels that this connection is to be subscribed to. */
  wanted(): Iterable<string>;
  message(channel: Buffer, message: Buffer): void;
  /** All that is wanted is subscribed again. */
  restored(): void;
  /** A channel of ours belongs to another node by now. */
  moved(): void;
  lost(): void;
}

const RETRY_MS = 500;

/** The subscriptions at one Redis node, on one connection that comes back by itself. */
export class ShardConnection {
  readonly #redis: Redis;
  readonly #events: ShardEvents;
  #retry: NodeJS.Timeout | undefined;
  #lastError: Error | undefined;

  constructor(redis: Redis, events: ShardEvents) {
    this.#redis = redis;
    this.#events = events;
    redis.on("smessageBuffer", (channel: Buffer, message: Buffer) => events.message(channel, message));
    redis.on("ready", () => {
      this.#lastError = undefined;
      void this.restore();
    });
    redis.on("moved", () => events.moved());
    redis.on("close", () => events.lost());
    redis.on("error", (error) => {
      this.#lastError = redacted(error);
    });
  }

  /**
   * Resolves once the subscription stands, whether it is new or old: the answer has passed the very connection
   * that the messages take.
   */
  async subscribe(channel: string): Promise<void> {
    await this.#explained(this.#redis.ssubscribe(channel));
  }

  /** If it fails, the connection is broken and so is the subscription. */
  unsubscribe(channel: string): void {
    this.#redis.sunsubscribe(channel).catch(() => {});
  }

  async ping(): Promise<void> {
    await this.#explained(this.#redis.ping());
  }

  /** Subscribes to all that is wanted; a node that refuses, as it may for a while after its start, is asked again. */
  async restore(): Promise<void> {
    clearTimeout(this.#retry);
    const results = await Promise.allSettled([...this.#events.wanted()].map((name) => this.subscribe(name)));
    if (this.#redis.status !== "ready") return;
    const refusals = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    if (refusals.length === 0) this.#events.restored();
    else {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.restore(), RETRY_MS);
    }
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#redis.removeAllListeners();
    this.#redis.on("error", () => {});
    this.#redis.disconnect();
  }

  async #explained(answer: Promise<unknown>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      throw (this.#redis.status === "ready" ? undefined : this.#lastError) ?? redacted(error as Error);
    }
  }
}
