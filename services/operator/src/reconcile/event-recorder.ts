import { type TokenBucket, take, waitMs } from "@dumbwaiter/core";
import { ApiError, type ObjectName } from "@dumbwaiter/kubernetes";
import { FIELD_MANAGER, ROUTING_SERVICE, type RoutingService } from "@dumbwaiter/routing-service";
import { LRUCache } from "lru-cache";
import type { FencedWriter } from "../leadership/fenced-writer.ts";
import { NotLeadingError } from "../leadership/leader-election.ts";

export type EventType = "Normal" | "Warning";

/** Of one routing service. */
const BUCKET: TokenBucket = { capacity: 60, msPerToken: 10_000 };
/** An event that is repeated within this time counts up instead of coming again. */
const REPEAT_MS = 600_000;
const MAX_REMEMBERED = 2_000;
const MAX_LENGTH = 1_000;

interface Recorded {
  readonly event: ObjectName;
  readonly count: number;
}

/** Tells people what was done, in Events of the routing service. Best effort: a failed write is dropped. */
export class EventRecorder {
  readonly #writer: FencedWriter;
  readonly #identity: string;
  readonly #onError: (error: unknown) => void;
  readonly #recorded = new LRUCache<string, Recorded>({ max: MAX_REMEMBERED, ttl: REPEAT_MS });
  /** When the bucket of a routing service, by its uid, is full again. */
  readonly #fullAt = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  #last: Promise<void> = Promise.resolve();

  constructor(writer: FencedWriter, identity: string, onError: (error: unknown) => void) {
    this.#writer = writer;
    this.#identity = identity;
    this.#onError = onError;
  }

  /** Returns at once; writes follow one another. */
  record(routingService: RoutingService, type: EventType, reason: string, text: string): void {
    const message = text.slice(0, MAX_LENGTH);
    const key = [routingService.metadata.uid, type, reason, message].join("\n");
    if (!this.#spend(routingService.metadata.uid)) return;
    this.#last = this.#last.then(() => this.#write(key, routingService, type, reason, message));
  }

  /** Resolves once all is written. */
  settled(): Promise<void> {
    return this.#last;
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
        await this.#writer.mergePatch(before.event, { count, lastTimestamp });
        this.#remember(key, { event: before.event, count });
        return;
      }
    } catch (error) {
      // It may have expired; then it comes anew.
      if (!(error instanceof ApiError) || error.status !== 404) return this.#failed(error);
    }
    try {
      const { name, namespace, uid, resourceVersion } = routingService.metadata;
      const created = await this.#writer.create({
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

  /** @returns false when this routing service has had its share */
  #spend(uid: string): boolean {
    const now = performance.now();
    const fullAt = this.#fullAt.get(uid);
    if (waitMs(BUCKET, fullAt, now) > 0) return false;
    this.#fullAt.set(uid, take(BUCKET, fullAt, now, 1));
    return true;
  }
}
