import { type ServiceError, status } from "@grpc/grpc-js";
import { Coalescer } from "../coalescer.ts";
import { DependencyCalls } from "../dependency-calls.ts";
import type { GoogleClient } from "../google-client.ts";
import { type Collection, collectionId } from "../resources/firestore-fields.ts";
import {
  type CommitRequest,
  type Document,
  databaseName,
  type FirestoreClient,
  type FirestoreSettings,
  firestoreClient,
  type StructuredQuery,
  type Timestamp,
  type Write,
} from "./firestore-client.ts";
import { partlyWritten } from "./partly-written-error.ts";

export type { Document, StructuredQuery, Timestamp, Value, Write } from "./firestore-client.ts";

/** Writes in one commit, few enough that one commit does not delay the others. */
export const MAX_WRITES = 500;

/**
 * Concurrent reads of one process. When a thousand sockets read their queues again, a slow Firestore answers those
 * that it gets; given all of them at once, it would let each run out of time, and each would be repeated.
 */
const MAX_GETS = 4;
export const MAX_QUERIES = 16;

const LIMITS = { maxItems: MAX_WRITES, maxSize: MAX_WRITES };

interface Found {
  readonly documents: readonly Document[];
  /** When the first was read: later than the call, and not later than any of them was as it is here. */
  readonly readTime: Timestamp;
}

interface Get {
  readonly names: readonly string[];
  found: Found;
}

/** What a failed precondition looks like: the document was written since it was read. */
const CONFLICTS = [status.ABORTED, status.ALREADY_EXISTS, status.FAILED_PRECONDITION, status.NOT_FOUND];

/** The precondition of a write failed. */
interface Conflict {
  readonly conflict: unknown;
  /** The answer to an earlier attempt was lost: what the write conflicts with may be itself. */
  readonly mayBeItself: boolean;
}

/**
 * One Firestore database through the generated client: it gives each call a deadline, and takes a tenth to a third
 * less CPU than the wrapper around it.
 */
export class FirestoreDatabase {
  readonly #client: GoogleClient<FirestoreClient>;
  /** For what returns envelopes: on one connection, megabytes of them would hold up the answers to all writes. */
  readonly #reader: GoogleClient<FirestoreClient>;
  readonly #calls: DependencyCalls;
  readonly #database: string;
  readonly #collectionPrefix: string | undefined;
  readonly #gets: Coalescer<Get>;
  readonly #queries: Coalescer<() => Promise<void>>;

  constructor(settings: FirestoreSettings) {
    this.#client = firestoreClient(settings);
    this.#reader = firestoreClient(settings);
    this.#calls = new DependencyCalls("firestore", settings);
    this.#database = databaseName(settings);
    this.#collectionPrefix = settings.collectionPrefix;
    this.#gets = new Coalescer(
      { ...LIMITS, maxInFlight: MAX_GETS, maxWaitMs: this.maxWaitMs },
      ({ names }) => names.length,
      (gets) => this.#getAll(gets),
    );
    this.#queries = new Coalescer(
      { ...LIMITS, maxItems: 1, maxInFlight: MAX_QUERIES, maxWaitMs: this.maxWaitMs },
      () => 1,
      ([query]) => query?.() ?? Promise.resolve(),
    );
  }

  /** See {@link DependencyCalls}. */
  get maxWaitMs(): number {
    return this.#calls.maxWaitMs;
  }

  get isUp(): boolean {
    return this.#calls.isUp;
  }

  /** Resolves once calls can be made. @throws CredentialsError */
  async ready(): Promise<void> {
    await Promise.all([this.#client.ready(), this.#reader.ready()]);
  }

  /** See {@link GoogleClient}. */
  identity(): Promise<string | undefined> {
    return this.#client.identity();
  }

  /** The prefix of all names of documents. */
  get root(): string {
    return `${this.#database}/documents`;
  }

  /** The ID of one of our collections. */
  collectionId(collection: Collection): string {
    return collectionId(this.#collectionPrefix, collection);
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
      resource: this.#database,
      attempt: (timeout) => this.#commit(request, timeout),
      items: () => writes.length,
      ...(expected === undefined ? {} : { expected }),
    });
  }

  /**
   * Makes writes that are independent of each other, possibly twice, and tries those again that failed.
   *
   * @throws UnavailableError whose cause is a PartlyWrittenError, unless none was made
   */
  async writeEach(writes: readonly Write[]): Promise<void> {
    let left = writes;
    await this.#calls.run({
      method: "batchWrite",
      resource: this.#database,
      attempt: async (timeout) => {
        const request = { database: this.#database, writes: [...left] };
        const client = await this.#client.ready();
        const [{ status: outcomes }] = await client.batchWrite(request, { timeout, retry: null });
        const error = partlyWritten(left, outcomes ?? []);
        if (error === undefined) return;
        left = error.failed;
        throw error;
      },
      items: () => writes.length,
    });
  }

  /** Makes one write if its precondition holds. @returns when it was committed @throws UnavailableError */
  async commitIf(write: Write): Promise<{ readonly commitTime: Timestamp } | Conflict> {
    const request = { database: this.#database, writes: [write] };
    let mayBeItself = false;
    try {
      const [{ commitTime }] = await this.#calls.run({
        method: "commit",
        resource: this.#database,
        attempt: (timeout) =>
          this.#commit(request, timeout).catch((error: ServiceError) => {
            mayBeItself ||= !CONFLICTS.includes(error.code);
            throw error;
          }),
        items: () => 1,
        expected: CONFLICTS,
      });
      return { commitTime: commitTime ?? {} };
    } catch (error) {
      if (!CONFLICTS.includes((error as ServiceError).code)) throw error;
      return { conflict: error, mayBeItself };
    }
  }

  async #commit(request: CommitRequest, timeout: number) {
    const client = await this.#client.ready();
    return client.commit(request, { timeout, retry: null });
  }

  /**
   * Reads the named documents that exist, strongly consistent; reads at about the same time share a call.
   *
   * @throws UnavailableError
   */
  async get(names: readonly string[]): Promise<Found> {
    const get: Get = { names, found: { documents: [], readTime: {} } };
    if (names.length > 0) await this.#gets.add(get);
    return get.found;
  }

  /** Reads some fields of the named documents that exist, strongly consistent. @throws UnavailableError */
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
        const client = await source.ready();
        const stream = client.batchGetDocuments(request, streamOptions(timeout));
        for await (const { found, readTime } of stream) {
          if (found) documents.push(found);
          first ??= readTime ?? undefined;
        }
        return { documents, readTime: first ?? {} };
      },
      items: () => names.length,
    });
  }

  /**
   * Runs a query, strongly consistent.
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
        const client = await this.#reader.ready();
        const stream = client.runQuery({ parent, structuredQuery }, streamOptions(timeout));
        const next = take();
        let read = 0;
        let shown: Timestamp | undefined;
        for await (const { document, readTime } of stream) {
          shown ??= readTime ?? undefined;
          if (!document) continue;
          read += 1;
          if (!next(document)) break;
        }
        stream.cancel();
        return { read, shown: shown ?? {} };
      },
      items: ({ read }) => read,
    });
    return shown;
  }

  /** Does not wait for calls: end them first. */
  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#reader.close()]);
  }
}

/** The client's own retries of streams would wait for seconds. */
function streamOptions(timeout: number) {
  return { timeout, retryRequestOptions: { retries: 0, noResponseRetries: 0 } };
}
