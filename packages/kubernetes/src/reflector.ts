import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "@dumbwaiter/core";
import {
  ApiError,
  isGone,
  isNotFound,
  type Status,
  UnknownKindError,
  UnreachableError,
} from "./api-error.ts";
import type { KubeClient, WatchEvent } from "./kube-client.ts";
import { isNewer, type Kind, type KubeObject, type Resource } from "./kube-object.ts";

/**
 * The server ends a watch after this time at the latest; the client ends it shortly after if the server has not. So a
 * half-open connection is noticed within a minute, at the cost of one cheap request per watch in this time.
 */
const WATCH_SECONDS = { least: 30, most: 45 };
const WATCH_GRACE_MS = 5_000;
const BACKOFF = { firstMs: 250, maxMs: 15_000 };
/** A watch that lasted this long has not failed, whatever ended it. */
const HEALTHY_WATCH_MS = 5_000;

interface ReflectorOptions {
  readonly client: KubeClient;
  readonly kind: Kind;
  /** All namespaces by default. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly?: boolean;
  readonly handler: ReflectorHandler;
  /** Called for errors, which the reflector retries by itself. */
  readonly onError?: (error: unknown) => void;
}

/** Called with one object at a time, in the order of changes. Errors that it throws only go to `onError`. */
interface ReflectorHandler {
  /** The object exists in this state. Lists repeat known states. */
  changed(object: KubeObject): void;
  /** The object is gone or no longer selected. */
  deleted(object: KubeObject): void;
  /**
   * A list is complete: objects that it lacks are gone, unless they are newer than its resource version. Without a
   * resource version, the kind is not served, and all its objects are gone.
   */
  listed(uids: ReadonlySet<string>, resourceVersion: string | undefined): void;
}

/**
 * Mirrors the objects of one kind: lists them, then watches, and lists again if the resource version has expired. It
 * runs until `stop()`: every failure is retried with a growing, jittered backoff.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #stopping = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  /** Since the last event or healthy watch. */
  #failures = 0;
  #lastProgressAt = performance.now();
  #resource: Resource | undefined;
  #resourceVersion: string | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#firstList.promise.catch(() => {});
  }

  /** Since the last response, event or failed attempt. More than two minutes means that the reflector is stuck. */
  get secondsSinceProgress(): number {
    return (performance.now() - this.#lastProgressAt) / 1000;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves after the first complete list; rejects if the reflector is stopped before. */
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
    this.#progress();
    if (signal.aborted) return;
    if (isGone(error)) this.#resourceVersion = undefined;
    else this.#options.onError?.(error);
    // The kind is gone, or the right to see it is.
    if (error instanceof ApiError && [403, 404].includes(error.status)) {
      this.#options.client.discovery.forget(this.#options.kind);
      this.#resourceVersion = undefined;
    }
    if (isNotFound(error) || error instanceof UnknownKindError) {
      this.#guarded(() => this.#options.handler.listed(new Set(), undefined));
    }
    const retryAfterMs = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    await sleep(Math.max(backoffMs(BACKOFF, this.#failures++), retryAfterMs), undefined, { signal }).catch(
      () => {},
    );
  }

  async #list(): Promise<void> {
    const { client, kind, handler, namespace, metadataOnly = false } = this.#options;
    const { labelSelector, fieldSelector } = this.#options;
    const { signal } = this.#stopping;
    this.#resource = await client.discovery.resourceOf(kind);
    const uids = new Set<string>();
    let resourceVersion = "0";
    const selection = { namespace, labelSelector, fieldSelector, metadataOnly, signal };
    for await (const chunk of client.chunks(this.#resource, selection)) {
      this.#progress();
      for (const object of chunk.items) {
        uids.add(object.metadata.uid as string);
        this.#guarded(() => handler.changed(object));
      }
      resourceVersion = chunk.resourceVersion;
    }
    this.#guarded(() => handler.listed(uids, resourceVersion));
    this.#resourceVersion = resourceVersion;
    this.#firstList.resolve();
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector, metadataOnly = false } = this.#options;
    const { signal } = this.#stopping;
    const { least, most } = WATCH_SECONDS;
    const timeoutSeconds = Math.round(least + Math.random() * (most - least));
    const startedAt = performance.now();
    const selection = { namespace, labelSelector, fieldSelector, metadataOnly, signal };
    const deadlineMs = timeoutSeconds * 1000 + WATCH_GRACE_MS;
    const times = { resourceVersion, timeoutSeconds, deadlineMs };
    let failure: unknown;
    await client.watch(this.#resource as Resource, { ...selection, ...times }, (event) => {
      this.#progress();
      if (event.type === "ERROR") failure ??= errorOf(event);
      else this.#handle(event);
    });
    if (failure !== undefined) throw failure;
    this.#progress();
    if (performance.now() - startedAt < HEALTHY_WATCH_MS)
      throw new UnreachableError("watch closed immediately");
    this.#failures = 0;
  }

  #handle({ type, object }: WatchEvent): void {
    const { handler } = this.#options;
    if (type === "DELETED") this.#guarded(() => handler.deleted(object));
    else if (type !== "BOOKMARK") this.#guarded(() => handler.changed(object));
    this.#resourceVersion = object.metadata.resourceVersion;
    this.#failures = 0;
  }

  #progress(): void {
    this.#lastProgressAt = performance.now();
  }

  #guarded(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#options.onError?.(error);
    }
  }
}

/** Whether a complete list shows that an object is gone: the list lacks it and is at least as new. */
export function isGoneFromList(
  { uid, resourceVersion = "0" }: Pick<KubeObject["metadata"], "uid" | "resourceVersion">,
  uids: ReadonlySet<string>,
  listVersion: string | undefined,
): boolean {
  if (uid !== undefined && uids.has(uid)) return false;
  return listVersion === undefined || !isNewer(resourceVersion, listVersion);
}

function errorOf({ object }: WatchEvent): ApiError {
  const status = object as unknown as Status;
  return new ApiError(status.code ?? 500, status, "watch");
}
