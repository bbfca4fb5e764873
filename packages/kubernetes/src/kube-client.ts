import type { KubeConfig } from "@kubernetes/client-node";
import { isNotFound } from "./api-error.ts";
import { ApiServerConnection } from "./api-server-connection.ts";
import type {
  ApplyOptions,
  DeleteOptions,
  ListOptions,
  PatchOptions,
  ReadOptions,
  WatchOptions,
  WriteOptions,
} from "./call-options.ts";
import { Discovery } from "./discovery.ts";
import type { Kind, KubeObject, Resource } from "./kube-object.ts";
import { resourcePath } from "./resource-path.ts";
import { Transport, type TransportHooks } from "./transport.ts";

const TIMEOUT_MS = 30_000;
const CHUNK_SIZE = 500;
const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

/** One chunk of a list. The API server leaves out the kind of a list's items; here they have the list's. */
interface ListChunk {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
}

export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "test";
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  readonly value?: unknown;
}

/** What a request's path needs of an object. */
export type ObjectName = Kind & { readonly metadata: Pick<KubeObject["metadata"], "name" | "namespace"> };

/**
 * The API server's objects as plain JSON. Every call has a timeout, and throws `ApiError` if the server refuses,
 * `UnreachableError` if it does not answer, `UnknownKindError` if it does not serve the kind.
 */
export class KubeClient {
  readonly discovery: Discovery;
  readonly #connection: ApiServerConnection;
  readonly #transport: Transport;

  constructor(config: KubeConfig, hooks: TransportHooks = {}) {
    this.#connection = new ApiServerConnection(config);
    this.#transport = new Transport(this.#connection, hooks);
    this.discovery = new Discovery((path) =>
      this.#transport.json({ verb: "get", resource: "discovery", path, timeoutMs: TIMEOUT_MS }),
    );
  }

  async get(object: ObjectName, options: ReadOptions = {}): Promise<KubeObject> {
    const { metadataOnly, timeoutMs = TIMEOUT_MS, signal } = options;
    const resource = await this.discovery.resourceOf(object);
    const { name, namespace } = object.metadata;
    const got = await this.#transport.json({
      verb: "get",
      resource: resource.plural,
      path: resourcePath(resource, namespace, name),
      ...(metadataOnly ? { accept: METADATA } : {}),
      timeoutMs,
      signal,
    });
    return typed(got as KubeObject, resource);
  }

  /** @returns undefined if there is no such object and its kind is served */
  async find(object: ObjectName, options?: ReadOptions): Promise<KubeObject | undefined> {
    try {
      return await this.get(object, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** All chunks are of one resource version. A list that takes minutes may end in an `Expired` error. */
  async *chunks(resource: Resource, options: ListOptions = {}): AsyncGenerator<ListChunk> {
    const { namespace, metadataOnly, labelSelector, fieldSelector, signal } = options;
    const { timeoutMs = TIMEOUT_MS } = options;
    let next: string | undefined;
    do {
      const list = (await this.#transport.json({
        verb: "list",
        resource: resource.plural,
        path: resourcePath(resource, namespace),
        query: { labelSelector, fieldSelector, limit: CHUNK_SIZE, continue: next },
        ...(metadataOnly ? { accept: METADATA_LIST } : {}),
        timeoutMs,
        signal,
      })) as { items: KubeObject[] | null; metadata: { resourceVersion: string; continue?: string } };
      const items = (list.items ?? []).map((item) => typed(item, resource));
      yield { items, resourceVersion: list.metadata.resourceVersion };
      next = list.metadata.continue || undefined;
    } while (next !== undefined);
  }

  async list(kind: Kind, options: ListOptions = {}): Promise<KubeObject[]> {
    const resource = await this.discovery.resourceOf(kind);
    const items: KubeObject[] = [];
    for await (const chunk of this.chunks(resource, options)) items.push(...chunk.items);
    return items;
  }

  /** Passes on each event; resolves when the server ends the watch. An ERROR event does not throw. */
  async watch(
    resource: Resource,
    options: WatchOptions,
    onEvent: (event: WatchEvent) => void,
  ): Promise<void> {
    const { namespace, metadataOnly, labelSelector, fieldSelector, signal } = options;
    const { resourceVersion, timeoutSeconds, deadlineMs } = options;
    await this.#transport.lines(
      {
        verb: "watch",
        resource: resource.plural,
        path: resourcePath(resource, namespace),
        query: {
          ...{ watch: true, allowWatchBookmarks: true },
          ...{ labelSelector, fieldSelector, resourceVersion, timeoutSeconds },
        },
        ...(metadataOnly ? { accept: METADATA } : {}),
        timeoutMs: deadlineMs,
        signal,
      },
      (line) => {
        const { type, object } = line as WatchEvent;
        onEvent({ type, object: type === "ERROR" ? object : typed(object, resource) });
      },
    );
  }

  /** Server-side apply. @returns the resulting object, with `dryRun` what it would be */
  async apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const resource = await this.discovery.resourceOf(object);
    const { fieldManager, force, subresource } = options;
    const { name, namespace } = object.metadata;
    return this.#write(
      {
        verb: "patch",
        resource: nameOf(resource, subresource),
        path: resourcePath(resource, namespace, name, subresource),
        query: { fieldManager, force },
        contentType: "application/apply-patch+yaml",
        body: object,
      },
      options,
    );
  }

  /** A JSON merge patch. */
  async mergePatch(object: ObjectName, patch: unknown, options: PatchOptions = {}): Promise<KubeObject> {
    return this.#patch(object, "application/merge-patch+json", patch, options);
  }

  /** A JSON patch (RFC 6902). Replacing `metadata.resourceVersion` makes it a conflict if the object has changed. */
  async jsonPatch(
    object: ObjectName,
    patch: readonly JsonPatchOperation[],
    options: PatchOptions = {},
  ): Promise<KubeObject> {
    return this.#patch(object, "application/json-patch+json", patch, options);
  }

  /** Needs a `metadata.name` or a `metadata.generateName`, which must not end in a dot. */
  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const resource = await this.discovery.resourceOf(object);
    const path = resourcePath(resource, object.metadata.namespace);
    return this.#write({ verb: "create", resource: resource.plural, path, body: object }, options);
  }

  /** Replaces the object if it still has this `resourceVersion`; otherwise that is a conflict. */
  async update(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const resource = await this.discovery.resourceOf(object);
    const { name, namespace } = object.metadata;
    const path = resourcePath(resource, namespace, name);
    return this.#write({ verb: "update", resource: resource.plural, path, body: object }, options);
  }

  async delete(object: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const resource = await this.discovery.resourceOf(object);
    const { name, namespace } = object.metadata;
    await this.#write(
      {
        verb: "delete",
        resource: resource.plural,
        path: resourcePath(resource, namespace, name),
        body: {
          ...{ apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background" },
          preconditions: { uid: options.uid },
          // Of a request with a body, the API server ignores the query.
          ...(options.dryRun ? { dryRun: ["All"] } : {}),
        },
      },
      options,
    );
  }

  /** Requests in flight fail. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  async #patch(
    object: ObjectName,
    contentType: string,
    body: unknown,
    options: PatchOptions,
  ): Promise<KubeObject> {
    const resource = await this.discovery.resourceOf(object);
    const { name, namespace } = object.metadata;
    return this.#write(
      {
        verb: "patch",
        resource: resource.plural,
        path: resourcePath(resource, namespace, name),
        query: { fieldManager: options.fieldManager },
        contentType,
        body,
      },
      options,
    );
  }

  async #write(
    request: Omit<Parameters<Transport["json"]>[0], "timeoutMs" | "signal">,
    { dryRun, timeoutMs = TIMEOUT_MS, signal }: WriteOptions,
  ): Promise<KubeObject> {
    const query = { ...request.query, ...(dryRun ? { dryRun: "All" } : {}) };
    return (await this.#transport.json({ ...request, query, timeoutMs, signal })) as KubeObject;
  }
}

function nameOf({ plural }: Resource, subresource: string | undefined): string {
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}

/** Metadata alone comes as `PartialObjectMetadata`, and an item of a list without a kind. */
function typed(object: KubeObject, { apiVersion, kind }: Resource): KubeObject {
  return { ...object, apiVersion, kind };
}
