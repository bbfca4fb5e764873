import { type ServiceError, status } from "@grpc/grpc-js";
import { DependencyCalls } from "../dependency-calls.ts";
import { unaryCall } from "../google-calls.ts";
import type { GoogleClient } from "../google-client.ts";
import { type Collection, collectionId } from "../resources/firestore-fields.ts";
import {
  BATCH_WRITE,
  COMMIT,
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
import { FirestoreReads, type Found } from "./firestore-reads.ts";
import { PartialWrites } from "./partial-writes.ts";

export type { Document, StructuredQuery, Timestamp, Value, Write } from "./firestore-client.ts";

/** Writes in one commit, few enough that one commit does not delay the others. */
export const MAX_WRITES = 500;

/** What a failed precondition looks like: the document was written since it was read. */
const CONFLICTS = [status.ABORTED, status.ALREADY_EXISTS, status.FAILED_PRECONDITION, status.NOT_FOUND];

/** The precondition of a write failed. */
interface Conflict {
  readonly conflict: unknown;
  /** The answer to an earlier attempt was lost: what the write conflicts with may be itself. */
  readonly mayBeItself: boolean;
}

/**
 * One Firestore database through the generated client's stub: it gives each call a deadline, and takes far less CPU than
 * the wrapper around the client.
 */
export class FirestoreDatabase {
  readonly #client: GoogleClient<FirestoreClient>;
  readonly #reader: GoogleClient<FirestoreClient>;
  readonly #calls: DependencyCalls;
  readonly #database: string;
  readonly #collectionPrefix: string | undefined;
  readonly #reads: FirestoreReads;

  constructor(settings: FirestoreSettings) {
    this.#client = firestoreClient(settings);
    this.#reader = firestoreClient(settings);
    this.#calls = new DependencyCalls("firestore", settings);
    this.#database = databaseName(settings);
    this.#collectionPrefix = settings.collectionPrefix;
    this.#reads = new FirestoreReads(this.#client, this.#reader, this.#calls, this.#database);
  }

  /** See {@link DependencyCalls}. */
  get maxWaitMs(): number {
    return this.#calls.maxWaitMs;
  }

  get isUp(): boolean {
    return this.#calls.isUp;
  }

  /** Why not. */
  get failure(): unknown {
    return this.#calls.failure;
  }

  /** Resolves once calls can be made. @throws CredentialsError */
  async ready(): Promise<void> {
    await Promise.all([this.#client.ready(), this.#reader.ready()]);
  }

  /** See {@link GoogleClient}. */
  identity(): Promise<string | undefined> {
    return this.#client.identity();
  }

  /** See {@link GoogleClient}. */
  accessToken(): Promise<string> {
    return this.#client.accessToken();
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
   * Makes writes that are independent of each other, possibly twice, and tries those again that failed for the moment.
   *
   * @throws UnavailableError whose cause is a PartlyWrittenError, unless none was made
   */
  async writeEach(writes: readonly Write[]): Promise<void> {
    const partial = new PartialWrites(writes);
    await this.#calls.run({
      method: "batchWrite",
      resource: this.#database,
      attempt: async (timeout) => {
        const request = { database: this.#database, writes: [...partial.left] };
        const answer = await unaryCall(await this.#client.stub(), BATCH_WRITE, request, timeout);
        partial.answered(answer.status);
      },
      items: () => writes.length,
    });
  }

  /** Makes one write if its precondition holds. @returns when it was committed @throws UnavailableError */
  async commitIf(write: Write): Promise<{ readonly commitTime: Timestamp } | Conflict> {
    const request = { database: this.#database, writes: [write] };
    let mayBeItself = false;
    try {
      const { commitTime } = await this.#calls.run({
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
    return unaryCall(await this.#client.stub(), COMMIT, request, timeout);
  }

  /** See {@link FirestoreReads}. */
  get(names: readonly string[]): Promise<Found> {
    return this.#reads.get(names);
  }

  /** See {@link FirestoreReads}. */
  getFields(names: readonly string[], fieldPaths: string[]): Promise<readonly Document[]> {
    return this.#reads.getFields(names, fieldPaths);
  }

  /** See {@link FirestoreReads}. */
  query(
    parent: string,
    structuredQuery: StructuredQuery,
    take: () => (document: Document) => boolean,
  ): Promise<Timestamp> {
    return this.#reads.query(parent, structuredQuery, take);
  }

  /** Does not wait for calls: end them first. */
  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#reader.close()]);
  }
}
