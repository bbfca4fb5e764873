import type { protos } from "@google-cloud/firestore-api";
import { FirestoreClient } from "@google-cloud/firestore-api/client_v1";
import type { status } from "@grpc/grpc-js";
import { type CallSettings, DependencyCalls } from "./dependency-calls.ts";
import { type GoogleEndpoint, googleClientOptions } from "./google-client-options.ts";

export type Value = protos.google.firestore.v1.IValue;
export type Document = protos.google.firestore.v1.IDocument;
export type Write = protos.google.firestore.v1.IWrite;
export type StructuredQuery = protos.google.firestore.v1.IStructuredQuery;

/** Writes in one commit: what keeps one from holding up the others. */
export const MAX_WRITES = 500;

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

  constructor(settings: FirestoreSettings) {
    this.#client = new FirestoreClient(googleClientOptions(settings));
    this.#calls = new DependencyCalls("firestore", settings);
    this.#database = `projects/${settings.projectId}/databases/${settings.databaseId}`;
  }

  get isUp(): boolean {
    return this.#calls.isUp;
  }

  /** The name that all names of documents begin with. */
  get root(): string {
    return `${this.#database}/documents`;
  }

  /**
   * Writes all or nothing. It may do so twice: what must not be repeated needs a precondition.
   *
   * @throws UnavailableError, or the error of gRPC for the codes that the caller expects
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

  /** Reads documents by name, those that exist, strongly consistent. @throws UnavailableError */
  async get(names: readonly string[], fieldPaths?: string[]): Promise<Document[]> {
    if (names.length === 0) return [];
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
   * Reads what a query finds, strongly consistent.
   *
   * @param take is made anew for each attempt, and called for each document until it returns false
   * @throws UnavailableError
   */
  async query(
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

  /** Waits for nothing: end the calls first. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** The client's own retries of streams would wait for seconds. */
function streamOptions(timeout: number) {
  return { timeout, retryRequestOptions: { retries: 0, noResponseRetries: 0 } };
}
