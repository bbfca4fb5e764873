import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiError,
  isGone,
  isNotFound,
  type Status,
  UnknownKindError,
  UnreachableError,
} from "./api-error.ts";
import { Backoff } from "./backoff.ts";
import type { KubeClient, WatchEvent } from "./kube-client.ts";
import type { Kind, KubeObject, Resource } from "./kube-object.ts";

/**
 * The server ends a watch after at most this time, and we end one that it has not ended a little later. So a
 * connection that is half open is noticed within a minute, at the price of one cheap request in this time.
 */
const WATCH_SECONDS = { least: 30, most: 45 };
const WATCH_GRACE_MS = 5_000;
const BACKOFF = { firstMs: 250, maxMs: 15_000 };
/** A watch that lived this long was no failure, whatever ended it. */
const LIVED_MS = 5_000;

export interface ReflectorOptions {
  readonly client: KubeClient;
  readonly kind: Kind;
  /** All namespaces when not given. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly metadataOnly?: boolean;
  readonly handler: ReflectorHandler;
  /** Hears of what went wrong: it is tried again by itself. */
  readonly onError?: (error: unknown) => void;
}

/** Hears of objects one at a time, in the order of their changes. What it throws goes to `onError` alone. */
export interface ReflectorHandler {
  /** There is this object, or a new state of it. Lists repeat what is known. */
  changed(object: KubeObject): void;
  /** This object is gone, or no longer selected. */
  deleted(object: KubeObject): void;
  /**
   * A list has ended: what it does not have is gone, unless it came after this state. Without a state, the kind itself
   * is not served (any more), and all is gone.
   */
  listed(uids: ReadonlySet<string>, resourceVersion: string | undefined): void;
}

/**
 * Mirrors the objects of one kind: lists them, then watches, and lists again when the server has forgotten where we
 * were. It stops only when told: whatever fails is tried again, with growing and jittered pauses.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #stopping = new AbortController();
  readonly #backoff = new Backoff(BACKOFF);
  readonly #firstList = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #lastTurnAt = performance.now();
  #resource: Resource | undefined;
  #resourceVersion: string | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#firstList.promise.catch(() => {});
  }

  /** Since the last answer, event or failed attempt; seconds. Over two minutes, something is wrong with us. */
  get secondsSinceTurn(): number {
    return (performance.now() - this.#lastTurnAt) / 1000;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves after the first complete list; rejects when it is stopped before. */
  async untilSynced(): Promise<void> {
    await this.#firstList.promise;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("stopped"));
    this.#firstList.reject(new Error("stopped"));
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        else await this.#watch(this.#resourceVersion);
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    const { signal } = this.#stopping;
    this.#turn();
    if (signal.aborted) return;
    if (isGone(error)) this.#resourceVersion = undefined;
    else this.#options.onError?.(error);
    // The resource itself is gone, or we may no longer see it.
    if (error instanceof ApiError && [403, 404].includes(error.status)) {
      this.#options.client.discovery.forget(this.#options.kind);
      this.#resourceVersion = undefined;
    }
    if (isNotFound(error) || error instanceof UnknownKindError) {
      this.#contain(() => this.#options.handler.listed(new Set(), undefined));
    }
    const askedMs = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    await sleep(Math.max(this.#backoff.nextMs(), askedMs), undefined, { signal }).catch(() => {});
  }

  async #list(): Promise<void> {
    const { client, kind, handler, namespace, labelSelector, metadataOnly = false } = this.#options;
    const { signal } = this.#stopping;
    this.#resource = await client.discovery.resourceOf(kind);
    const uids = new Set<string>();
    let resourceVersion = "0";
    const selection = { namespace, labelSelector, metadataOnly, signal };
    for await (const page of client.pages(this.#resource, selection)) {
      this.#turn();
      for (const object of page.items) {
        uids.add(object.metadata.uid as string);
        this.#contain(() => handler.changed(object));
      }
      resourceVersion = page.resourceVersion;
    }
    this.#contain(() => handler.listed(uids, resourceVersion));
    this.#resourceVersion = resourceVersion;
    this.#firstList.resolve();
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { client, namespace, labelSelector, metadataOnly = false } = this.#options;
    const { signal } = this.#stopping;
    const { least, most } = WATCH_SECONDS;
    const timeoutSeconds = Math.round(least + Math.random() * (most - least));
    const startedAt = performance.now();
    const selection = { namespace, labelSelector, metadataOnly, signal };
    const deadlineMs = timeoutSeconds * 1000 + WATCH_GRACE_MS;
    const times = { resourceVersion, timeoutSeconds, deadlineMs };
    let failure: unknown;
    await client.watch(this.#resource as Resource, { ...selection, ...times }, (event) => {
      this.#turn();
      if (event.type === "ERROR") failure ??= errorOf(event);
      else this.#take(event);
    });
    if (failure !== undefined) throw failure;
    this.#turn();
    if (performance.now() - startedAt < LIVED_MS) throw new UnreachableError("the watch ended at once");
    this.#backoff.reset();
  }

  #take({ type, object }: WatchEvent): void {
    const { handler } = this.#options;
    if (type === "DELETED") this.#contain(() => handler.deleted(object));
    else if (type !== "BOOKMARK") this.#contain(() => handler.changed(object));
    this.#resourceVersion = object.metadata.resourceVersion;
    this.#backoff.reset();
  }

  #turn(): void {
    this.#lastTurnAt = performance.now();
  }

  #contain(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}

function errorOf({ object }: WatchEvent): ApiError {
  const status = object as unknown as Status;
  return new ApiError(status.code ?? 500, status, "watch");
}
