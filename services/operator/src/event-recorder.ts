import { ApiError, type ObjectName } from "@dumbwaiter/kubernetes";
import { FIELD_MANAGER, ROUTING_SERVICE, type RoutingService } from "@dumbwaiter/routing-service";
import type { FencedWriter } from "./fenced-writer.ts";
import { NotLeadingError } from "./leader-election.ts";

export type EventType = "Normal" | "Warning";

/** Of one routing service: this many at once, and one more in each of these times. */
const BURST = 60;
const REFILL_MS = 10_000;
/** An event that is repeated within this time counts up instead of coming again. */
const REPEAT_MS = 600_000;
const MAX_REMEMBERED = 2_000;
const MAX_LENGTH = 1_000;

interface Recorded {
  readonly event: ObjectName;
  readonly count: number;
  readonly at: number;
}

interface Budget {
  readonly tokens: number;
  readonly at: number;
}

/** Tells people what was done, in Events of the routing service. Best effort: a failed write is dropped. */
export class EventRecorder {
  readonly #writer: FencedWriter;
  readonly #identity: string;
  readonly #onError: (error: unknown) => void;
  readonly #recorded = new Map<string, Recorded>();
  readonly #budgets = new Map<string, Budget>();
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
    const now = new Date();
    const before = this.#recorded.get(key);
    const lastTimestamp = now.toISOString();
    try {
      if (before !== undefined && now.getTime() - before.at < REPEAT_MS) {
        const count = before.count + 1;
        await this.#writer.mergePatch(before.event, { count, lastTimestamp });
        this.#remember(key, { event: before.event, count, at: now.getTime() });
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
      this.#remember(key, { event: created, count: 1, at: now.getTime() });
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (!(error instanceof NotLeadingError)) this.#onError(error);
  }

  #remember(key: string, { event, ...rest }: Recorded): void {
    const { apiVersion, kind, metadata } = event;
    const { name, namespace } = metadata;
    this.#recorded.delete(key);
    this.#recorded.set(key, {
      event: { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
      ...rest,
    });
    dropOldest(this.#recorded);
  }

  #spend(uid: string): boolean {
    const now = performance.now();
    const { tokens, at } = this.#budgets.get(uid) ?? { tokens: BURST, at: now };
    const available = Math.min(BURST, tokens + (now - at) / REFILL_MS);
    this.#budgets.delete(uid);
    this.#budgets.set(uid, { tokens: available >= 1 ? available - 1 : available, at: now });
    dropOldest(this.#budgets);
    return available >= 1;
  }
}

/** Maps keep the order of insertion. */
function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= MAX_REMEMBERED) return;
    map.delete(key);
  }
}
