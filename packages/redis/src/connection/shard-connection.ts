import type { Redis } from "ioredis";
import { redacted } from "./redacted.ts";

interface ShardEvents {
  /** The channels that this connection should be subscribed to. */
  wanted(): Iterable<string>;
  message(channel: Buffer, message: Buffer): void;
  /** All wanted channels are subscribed again. */
  restored(): void;
  /** One of the channels now belongs to another node. */
  moved(): void;
  lost(): void;
}

const RETRY_MS = 500;

/** The subscriptions at one Redis node, on one connection that reconnects by itself. */
export class ShardConnection {
  readonly #redis: Redis;
  readonly #events: ShardEvents;
  #retry: NodeJS.Timeout | undefined;
  #lastError: Error | undefined;
  #identity: string | undefined;

  constructor(redis: Redis, events: ShardEvents) {
    this.#redis = redis;
    this.#events = events;
    redis.on("smessageBuffer", (channel: Buffer, message: Buffer) => events.message(channel, message));
    redis.on("ready", () => {
      this.#lastError = undefined;
      this.#identity = undefined;
      void this.restore();
    });
    redis.on("moved", () => events.moved());
    redis.on("close", () => events.lost());
    redis.on("error", (error) => {
      this.#lastError = redacted(error);
    });
  }

  /**
   * Resolves once the subscription is confirmed, new or not: the reply came over the connection that carries the
   * messages.
   */
  async subscribe(channel: string): Promise<void> {
    await this.#explained(this.#redis.ssubscribe(channel));
  }

  /** What Redis calls the connection that there is now: `<id> <address>`. */
  async identity(): Promise<string> {
    if (this.#identity === undefined) {
      const info = await this.#explained(this.#redis.client("INFO"));
      this.#identity = identityIn(info);
    }
    return this.#identity;
  }

  /** If it fails, the connection is broken, and so is the subscription. */
  unsubscribe(channel: string): void {
    this.#redis.sunsubscribe(channel).catch(() => {});
  }

  /** Does on that channel what is done for sockets. It replies only while the connection carries messages. */
  async probe(channel: string): Promise<void> {
    await this.#explained(Promise.all([this.#redis.ssubscribe(channel), this.#redis.sunsubscribe(channel)]));
  }

  async ping(): Promise<void> {
    await this.#explained(this.#redis.ping());
  }

  /** Subscribes to all wanted channels; retries when the node refuses, as it may for a while after its start. */
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

  async #explained<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw (this.#redis.status === "ready" ? undefined : this.#lastError) ?? redacted(error as Error);
    }
  }
}

function identityIn(info: unknown): string {
  const [, id, address] = /\bid=(\d+) addr=(\S+)/.exec(String(info)) ?? [];
  if (id === undefined || address === undefined)
    throw new Error("Redis did not say what it calls a connection");
  return `${id} ${address}`;
}
