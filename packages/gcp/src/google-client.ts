import { type Client as Stub, status } from "@grpc/grpc-js";

/** What Google's generated clients have in common. */
interface GeneratedClient {
  initialize(): Promise<unknown>;
  close(): Promise<void>;
  readonly auth: {
    getClient(): Promise<{ getRequestHeaders(): Promise<unknown> }>;
    getCredentials(): Promise<{ client_email?: string | null }>;
    getAccessToken(): Promise<string | null | undefined>;
  };
}

/** There are no credentials, or nothing is given for them. */
export class CredentialsError extends Error {
  readonly code = status.UNAUTHENTICATED;

  constructor(cause: unknown) {
    super(`No credentials for Google Cloud: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** For the metadata server or a token service to answer. */
const INITIALIZE_MS = 10_000;

/**
 * A generated client that has credentials. One that finds none keeps that failure for ever, and throws it where nobody
 * can catch it, so the next call creates a new one.
 */
export class GoogleClient<Client extends GeneratedClient> {
  readonly #make: () => Client;
  readonly #needsCredentials: boolean;
  readonly #closing = new AbortController();
  #ready: Promise<Client> | undefined;

  constructor(make: () => Client, endpoint: { readonly emulatorHost?: string | undefined }) {
    this.#make = make;
    this.#needsCredentials = !endpoint.emulatorHost;
  }

  /** Resolves once there is an access token. @throws CredentialsError */
  ready(): Promise<Client> {
    this.#ready ??= this.#initialize();
    return this.#ready;
  }

  /**
   * For calls with the client's credentials over its connection, without the client: it would check, copy and log each
   * request and answer again. Resolves once there is an access token. @throws CredentialsError
   */
  async stub(): Promise<Stub> {
    return (await (await this.ready()).initialize()) as Stub;
  }

  /** The service account that the calls come from, if there is one. */
  async identity(): Promise<string | undefined> {
    if (!this.#needsCredentials || !this.#ready) return;
    try {
      const { auth } = await this.#ready;
      return (await auth.getCredentials()).client_email ?? undefined;
    } catch {
      return; // The fault that is being described has the reason.
    }
  }

  /** For other services of Google Cloud; valid for some minutes more. @throws CredentialsError */
  async accessToken(): Promise<string> {
    const { auth } = await this.ready();
    const token = await auth.getAccessToken();
    if (!token) throw new CredentialsError("they give no access token");
    return token;
  }

  /** Does not wait for credentials. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the client was closed"));
    const client = await this.#ready?.catch(() => undefined);
    await client?.close();
  }

  async #initialize(): Promise<Client> {
    const client = this.#make();
    const late = AbortSignal.timeout(INITIALIZE_MS);
    const givenUp = AbortSignal.any([late, this.#closing.signal]);
    try {
      givenUp.throwIfAborted();
      await Promise.race([
        this.#initialized(client),
        new Promise((_, reject) => {
          givenUp.addEventListener("abort", () => {
            reject(late.aborted ? new Error(`no answer within ${INITIALIZE_MS} ms`) : givenUp.reason);
          });
        }),
      ]);
      return client;
    } catch (error) {
      this.#ready = undefined;
      client.close().catch(() => {});
      throw new CredentialsError(error);
    }
  }

  async #initialized(client: Client): Promise<void> {
    await client.initialize();
    if (this.#needsCredentials) await (await client.auth.getClient()).getRequestHeaders();
  }
}
