import { type TokenBucket, take, waitMs } from "@dumbwaiter/core";
import { ApiError, type ObjectName } from "@dumbwaiter/kubernetes";
import { FIELD_MANAGER, ROUTING_SERVICE, type RoutingService } from "@dumbwaiter/routing-service";
import { LRUCache } from "lru-cache";
import type { FencedClient } from "../leadership/fenced-client.ts";
import { NotLeadingError } from "../leadership/leader-election.ts";

export type EventType = "Normal" | "Warning";

/** Limits the Events of one routing service. */
const BUCKET: TokenBucket = { capacity: 60, msPerToken: 10_000 };
/** A repetition within this time increases the count of the Event instead of creating another. */
const REPEAT_MS = 600_000;
const MAX_REMEMBERED = 2_000;
const MAX_LENGTH = 1_000;

interface Recorded {
  readonly event: ObjectName;
  readonly count: number;
}

/** Records Events for routing services. Best effort: a failed write is not retried. */
export class EventRecorder {
  readonly #client: FencedClient;
  readonly #identity: string;
  readonly #onError: (error: unknown) => void;
  readonly #recorded = new LRUCache<string, Recorded>({ max: MAX_REMEMBERED, ttl: REPEAT_MS });
  /** When the bucket of a routing service is full again, by uid. */
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(client: FencedClient, identity: string, onError: (error: unknown) => void) {
    this.#client = client;
    this.#identity = identity;
    this.#onError = onError;
  }

  /** Returns immediately; Events are written one after the other. */
  record(routingService: RoutingService, type: EventType, reason: string, text: string): void {
    const message = text.slice(0, MAX_LENGTH);
    const key = [routingService.metadata.uid, type, reason, message].join("\n");
    if (!this.#takeToken(routingService.metadata.uid)) return;
    this.#lastWrite = this.#lastWrite.then(() => this.#write(key, routingService, type, reason, message));
  }

  /** Resolves once all Events are written. */
  whenIdle(): Promise<void> {
    return this.#lastWrite;
  }

  async #write(
    key: string,
    routingService: RoutingService,
    type: EventType,
    reason: string,
    message: string,
  ) {
    const before = this.#recorded.get(key);
    const lastTimestamp = new Date().toISOString();
    try {
      if (before !== undefined) {
        const count = before.count + 1;
        await this.#client.mergePatch(
          before.event,
          { count, lastTimestamp },
          { fieldManager: FIELD_MANAGER },
        );
        this.#remember(key, { event: before.event, count });
        return;
      }
    } catch (error) {
      // The Event may have expired: create another.
      if (!(error instanceof ApiError) || error.status !== 404) return this.#failed(error);
    }
    try {
      const { name, namespace, uid, resourceVersion } = routingService.metadata;
      const created = await this.#client.create({
        ...{ apiVersion: "v1", kind: "Event" },
        metadata: { name: `${name}.${crypto.randomUUID()}`, namespace },
        involvedObject: { ...ROUTING_SERVICE, name, namespace, uid, resourceVersion },
        ...{ type, reason, message, count: 1, firstTimestamp: lastTimestamp, lastTimestamp },
        source: { component: FIELD_MANAGER },
        reportingComponent: `dumbwaiter.io/${FIELD_MANAGER}`,
        reportingInstance: this.#identity,
      });
      this.#remember(key, { event: created, count: 1 });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (!(error instanceof NotLeadingError)) this.#onError(error);
  }

  #remember(key: string, { event, count }: Recorded): void {
    const { apiVersion, kind, metadata } = event;
    const { name, namespace } = metadata;
    const named = { name, ...(namespace === undefined ? {} : { namespace }) };
    this.#recorded.set(key, { event: { apiVersion, kind, metadata: named }, count });
  }

  /** @returns whether this routing service is within its limit */
  #takeToken(uid: string): boolean {
    const now = performance.now();
    const fullAt = this.#fullAt.get(uid);
    if (waitMs(BUCKET, fullAt, now) > 0) return false;
    this.#fullAt.set(uid, take(BUCKET, fullAt, now, 1));
    return true;
  }
}
