import type { protos } from "@google-cloud/firestore-api";
import { FirestoreClient } from "@google-cloud/firestore-api/client_v1";
import type { status } from "@grpc/grpc-js";
import { Coalescer } from "../coalescer.ts";
import { type CallSettings, DependencyCalls } from "../dependency-calls.ts";
import { type GoogleEndpoint, googleClientOptions } from "../google-client-options.ts";

export type Value = protos.google.firestore.v1.IValue;
export type Document = protos.google.firestore.v1.IDocument;
export type Write = protos.google.firestore.v1.IWrite;
export type StructuredQuery = protos.google.firestore.v1.IStructuredQuery;

/** Writes in one commit, few enough that one commit does not delay the others. */
export const MAX_WRITES = 500;

/**
 * Concurrent reads of one process. When a thousand sockets read their queues again, a slow Firestore answers those
 * that it gets; given all of them at once, it would let each run out of time, and each would be repeated.
 */
const MAX_GETS = 4;
const MAX_QUERIES = 16;

const LIMITS = { maxItems: MAX_WRITES, maxSize: MAX_WRITES, failWaiting: true };

interface Get {
  readonly names: readonly string[];
  found: Document[];
}

export interface FirestoreSettings extends GoogleEndpoint, CallSettings {
  readonly databaseId: string;
}

/**
 * One Firestore database through the generated client: it gives each call a deadline, and takes a tenth to a third
 * less CPU than the wrapper around it.
 */
export class FirestoreDatabase {
  readonly #client: FirestoreClient;
  readonly #calls: DependencyCalls;
  readonly #database: string;
  readonly #gets: Coalescer<Get>;
  readonly #queries: Coalescer<() => Promise<void>>;

  constructor(settings: FirestoreSettings) {
    this.#client = new FirestoreClient(googleClientOptions(settings));
    this.#calls = new DependencyCalls("firestore", settings);
    this.#database = `projects/${settings.projectId}/databases/${settings.databaseId}`;
    this.#gets = new Coalescer(
      { ...LIMITS, maxInFlight: MAX_GETS },
      ({ names }) => names.length,
      (gets) => this.#getAll(gets),
    );
    this.#queries = new Coalescer(
      { ...LIMITS, maxItems: 1, maxInFlight: MAX_QUERIES },
      () => 1,
      ([query]) => query?.() ?? Promise.resolve(),
    );
  }

  get isUp(): boolean {
    return this.#calls.isUp;
  }

  /** The prefix of all names of documents. */
  get root(): string {
    return `${this.#database}/documents`;
  }

  /**
   * Writes all or nothing, and possibly twice: what must not be repeated needs a precondition.
   *
   * @throws UnavailableError, or gRPC's error for the codes that the caller expects
   */
  async commit(writes: Write[], expected?: readonly status[]): Promise<void> {
    const request = { database: this.#database, writes };
    await this.#calls.run({
      method: "commit",
      attempt: (timeout) => this.#client.commit(request, { timeout, retry: null }),
      items: () => writes.length,
      ...(expected === undefined ? {} : { expected }),
    });
  }

  /**
   * Reads the named documents that exist, strongly consistent; reads at about the same time share a call.
   *
   * @throws UnavailableError
   */
  async get(names: readonly string[]): Promise<Document[]> {
    const get: Get = { names, found: [] };
    if (names.length > 0) await this.#gets.add(get);
    return get.found;
  }

  /** Reads some fields of the named documents that exist, strongly consistent. @throws UnavailableError */
  async getFields(names: readonly string[], fieldPaths: string[]): Promise<Document[]> {
    return names.length === 0 ? [] : this.#batchGet(names, fieldPaths);
  }

  async #getAll(gets: readonly Get[]): Promise<void> {
    const names = new Set(gets.flatMap((get) => get.names));
    const found = new Map((await this.#batchGet([...names])).map((document) => [document.name, document]));
    for (const get of gets) get.found = get.names.flatMap((name) => found.get(name) ?? []);
  }

  async #batchGet(names: readonly string[], fieldPaths?: string[]): Promise<Document[]> {
    const mask = fieldPaths === undefined ? {} : { mask: { fieldPaths } };
    const request = { database: this.#database, documents: [...names], ...mask };
    return this.#calls.run({
      method: "batchGetDocuments",
      attempt: async (timeout) => {
        const found: Document[] = [];
        const stream = this.#client.batchGetDocuments(request, streamOptions(timeout));
        for await (const response of stream) if (response.found) found.push(response.found);
        return found;
      },
      items: () => names.length,
    });
  }

  /**
   * Runs a query, strongly consistent.
   *
   * @param take is called for each attempt; what it returns is called for each document until it returns false
   * @throws UnavailableError
   */
  async query(
    parent: string,
    structuredQuery: StructuredQuery,
    take: () => (document: Document) => boolean,
  ): Promise<void> {
    await this.#queries.add(() => this.#query(parent, structuredQuery, take));
  }

  async #query(
    parent: string,
    structuredQuery: StructuredQuery,
    take: () => (document: Document) => boolean,
  ): Promise<void> {
    await this.#calls.run({
      method: "runQuery",
      attempt: async (timeout) => {
        const stream = this.#client.runQuery({ parent, structuredQuery }, streamOptions(timeout));
        const next = take();
        let read = 0;
        for await (const { document } of stream) {
          if (!document) continue;
          read += 1;
          if (!next(document)) break;
        }
        stream.cancel();
        return read;
      },
      items: (read) => read,
    });
  }

  /** Does not wait for calls: end them first. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** The client's own retries of streams would wait for seconds. */
function streamOptions(timeout: number) {
  return { timeout, retryRequestOptions: { retries: 0, noResponseRetries: 0 } };
}
