import { Coalescer } from "../coalescer.ts";
import type { DependencyCalls } from "../dependency-calls.ts";
import { streamedCall } from "../google-calls.ts";
import type { GoogleClient } from "../google-client.ts";
import {
  BATCH_GET,
  type Document,
  type FirestoreClient,
  RUN_QUERY,
  type StructuredQuery,
  type Timestamp,
} from "./firestore-client.ts";

/** Documents in one call. */
const MAX_DOCUMENTS = 500;

/**
 * Concurrent reads of one process. When a thousand sockets read their queues again, a slow Firestore answers those
 * that it gets; given all of them at once, it would let each run out of time, and each would be repeated.
 */
const MAX_GETS = 4;
export const MAX_QUERIES = 16;

export interface Found {
  readonly documents: readonly Document[];
  /** When the first was read: later than the call, and not later than any of them was as it is here. */
  readonly readTime: Timestamp;
}

interface Get {
  readonly names: readonly string[];
  found: Found;
}

/** What reads from one Firestore database, strongly consistent. */
export class FirestoreReads {
  readonly #client: GoogleClient<FirestoreClient>;
  /** For what returns envelopes: on one connection, megabytes of them would hold up the answers to all writes. */
  readonly #reader: GoogleClient<FirestoreClient>;
  readonly #calls: DependencyCalls;
  /** Full name. */
  readonly #database: string;
  readonly #gets: Coalescer<Get>;
  readonly #queries: Coalescer<() => Promise<void>>;

  constructor(
    client: GoogleClient<FirestoreClient>,
    reader: GoogleClient<FirestoreClient>,
    calls: DependencyCalls,
    database: string,
  ) {
    this.#client = client;
    this.#reader = reader;
    this.#calls = calls;
    this.#database = database;
    const { maxWaitMs } = calls;
    this.#gets = new Coalescer(
      { maxItems: MAX_DOCUMENTS, maxSize: MAX_DOCUMENTS, maxInFlight: MAX_GETS, maxWaitMs },
      ({ names }) => names.length,
      (gets) => this.#getAll(gets),
    );
    this.#queries = new Coalescer(
      { maxItems: 1, maxSize: 1, maxInFlight: MAX_QUERIES, maxWaitMs },
      () => 1,
      ([query]) => query?.() ?? Promise.resolve(),
    );
  }

  /**
   * Reads the named documents that exist; reads at about the same time share a call.
   *
   * @throws UnavailableError
   */
  async get(names: readonly string[]): Promise<Found> {
    const get: Get = { names, found: { documents: [], readTime: {} } };
    if (names.length > 0) await this.#gets.add(get);
    return get.found;
  }

  /** Reads some fields of the named documents that exist. @throws UnavailableError */
  async getFields(names: readonly string[], fieldPaths: string[]): Promise<readonly Document[]> {
    return names.length === 0 ? [] : (await this.#batchGet(this.#reader, names, fieldPaths)).documents;
  }

  async #getAll(gets: readonly Get[]): Promise<void> {
    const names = new Set(gets.flatMap((get) => get.names));
    const { documents, readTime } = await this.#batchGet(this.#client, [...names]);
    const found = new Map(documents.map((document) => [document.name, document]));
    for (const get of gets) {
      get.found = { documents: get.names.flatMap((name) => found.get(name) ?? []), readTime };
    }
  }

  async #batchGet(
    source: GoogleClient<FirestoreClient>,
    names: readonly string[],
    fieldPaths?: string[],
  ): Promise<Found> {
    const mask = fieldPaths === undefined ? {} : { mask: { fieldPaths } };
    const request = { database: this.#database, documents: [...names], ...mask };
    return this.#calls.run({
      method: "batchGetDocuments",
      resource: this.#database,
      attempt: async (timeout) => {
        const documents: Document[] = [];
        let first: Timestamp | undefined;
        await streamedCall(await source.stub(), BATCH_GET, request, timeout, ({ found, readTime }) => {
          if (found) documents.push(found);
          first ??= readTime ?? undefined;
          return true;
        });
        return { documents, readTime: first ?? {} };
      },
      items: () => names.length,
    });
  }

  /**
   * Runs a query.
   *
   * @param take is called for each attempt; what it returns is called for each document until it returns false
   * @returns the moment that it shows
   * @throws UnavailableError
   */
  async query(
    parent: string,
    structuredQuery: StructuredQuery,
    take: () => (document: Document) => boolean,
  ): Promise<Timestamp> {
    let readTime: Timestamp = {};
    await this.#queries.add(async () => {
      readTime = await this.#query(parent, structuredQuery, take);
    });
    return readTime;
  }

  async #query(
    parent: string,
    structuredQuery: StructuredQuery,
    take: () => (document: Document) => boolean,
  ): Promise<Timestamp> {
    const { shown } = await this.#calls.run({
      method: "runQuery",
      resource: this.#database,
      attempt: async (timeout) => {
        const next = take();
        let read = 0;
        let shown: Timestamp | undefined;
        const stub = await this.#reader.stub();
        const request = { parent, structuredQuery };
        await streamedCall(stub, RUN_QUERY, request, timeout, ({ document, readTime }) => {
          shown ??= readTime ?? undefined;
          if (!document) return true;
          read += 1;
          return next(document);
        });
        return { read, shown: shown ?? {} };
      },
      items: ({ read }) => read,
    });
    return shown;
  }
}
