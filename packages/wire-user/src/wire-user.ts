import { randomBytes } from "node:crypto";
import {
  type Client,
  type ConnectOptions,
  connect,
  createHttpClient,
  type HttpClient,
  type Message,
  type Page,
  type SecureEnvelope,
  type SendOptions,
  userUrn,
} from "@dumbwaiter/client";

/** The URLs that a client uses. */
export interface Endpoints {
  readonly api: string;
  readonly realtime: string;
  readonly issuer: string;
}

export interface WireUserOptions {
  readonly deviceId?: string;
  readonly expiresInSeconds?: number;
}

/** A user of the public API, through the SDK. `BareUser` does without it, for tests of the wire. */
export class WireUser {
  readonly name: string;
  readonly endpoints: Endpoints;
  protected readonly options: WireUserOptions;
  readonly #httpClients = new Map<string, HttpClient>();
  #token: Promise<string> | undefined;

  constructor(name: string, endpoints: Endpoints, options: WireUserOptions = {}) {
    this.name = name;
    this.endpoints = endpoints;
    this.options = options;
  }

  get urn(): string {
    return userUrn(this.name);
  }

  /** The same user on another device. */
  device(deviceId: string): WireUser {
    return new WireUser(this.name, this.endpoints, { ...this.options, deviceId });
  }

  /** One token for the life of this object. */
  token(): Promise<string> {
    this.#token ??= this.newToken();
    return this.#token;
  }

  async newToken(): Promise<string> {
    const response = await fetch(`${this.endpoints.issuer}/dev/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: this.name, ...this.options }),
    });
    return ((await response.json()) as { token: string }).token;
  }

  /** @returns the message's id */
  async send(
    recipient: WireUser,
    fields: Partial<SecureEnvelope> = {},
    options: SendOptions = {},
  ): Promise<string> {
    return (await this.httpClient().send({ ...newEnvelope(recipient), ...fields }, options)).id;
  }

  pull(limit = 500): Promise<Page> {
    return this.httpClient().pull({ limit });
  }

  ack(messageIds: readonly string[]): Promise<void> {
    return this.httpClient().ack(messageIds);
  }

  /** A connected client, which asks the issuer for tokens as it needs them. */
  connect(options: Pick<ConnectOptions, "store"> = {}): Client {
    return connect({ ...this.#clientOptions(), ...options, realtimeUrl: this.endpoints.realtime });
  }

  /** The client without a connection, for this api. */
  httpClient(url = this.endpoints.api): HttpClient {
    const client = this.#httpClients.get(url) ?? createHttpClient({ ...this.#clientOptions(), url });
    this.#httpClients.set(url, client);
    return client;
  }

  #clientOptions() {
    const { deviceId } = this.options;
    return {
      url: this.endpoints.api,
      token: () => this.newToken(),
      ...(deviceId === undefined ? {} : { deviceId }),
    };
  }
}

/** An envelope of random bytes, as opaque as a real one. */
export function newEnvelope(recipient: WireUser, bytes = 24) {
  return {
    recipientId: recipient.urn,
    encryptedData: randomBytes(bytes).toString("base64"),
    encryptedSymmetricKey: randomBytes(12).toString("base64"),
    signature: randomBytes(12).toString("base64"),
  };
}

/** Ends only what hangs: a busy machine may be slow. */
const PATIENCE_MS = 60_000;

/** Polls until the condition holds. @throws at the timeout */
export async function until<Value>(
  read: () => Value | Promise<Value>,
  holds: (value: Value) => boolean,
  timeoutMs = PATIENCE_MS,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves once all that was queued has come. @throws at the timeout */
export async function untilLive(client: Client, timeoutMs?: number): Promise<void> {
  await until(
    () => client.state,
    (state) => state === "live",
    timeoutMs,
  );
}

/** @throws if the client is closed before one comes */
export async function nextMessage(client: Client): Promise<Message> {
  const { value } = await client.messages().next();
  if (!value) throw new Error("the client was closed before a message came");
  return value;
}
