import { randomBytes } from "node:crypto";
import {
  type Client,
  type ConnectOptions,
  connect,
  createHttpClient,
  type HttpClient,
  userUrn,
} from "@dumbwaiter/client";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";

/** The URLs that a client uses. */
export interface Endpoints {
  readonly api: string;
  readonly realtime: string;
  readonly issuer: string;
}

export interface WireMessage {
  readonly id: string;
  readonly envelope: Readonly<Record<string, unknown>> & { readonly encryptedData: string };
}

interface WirePage {
  readonly messages: readonly WireMessage[];
  readonly hasMore: boolean;
}

export interface WireUserOptions {
  readonly deviceId?: string;
  readonly expiresInSeconds?: number;
}

/**
 * A user of the public API: bare, call by call and event by event, for tests of the wire; and as a client of the SDK.
 */
export class WireUser {
  readonly name: string;
  readonly endpoints: Endpoints;
  readonly #options: WireUserOptions;
  readonly #httpClients = new Map<string, HttpClient>();
  #token: Promise<string> | undefined;

  constructor(name: string, endpoints: Endpoints, options: WireUserOptions = {}) {
    this.name = name;
    this.endpoints = endpoints;
    this.#options = options;
  }

  get urn(): string {
    return userUrn(this.name);
  }

  /** The same user on another device. */
  device(deviceId: string): WireUser {
    return new WireUser(this.name, this.endpoints, { ...this.#options, deviceId });
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
      body: JSON.stringify({ user: this.name, ...this.#options }),
    });
    return ((await response.json()) as { token: string }).token;
  }

  /** Any call of the HTTP API, whatever its answer. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.endpoints.api + path, {
      method,
      headers: {
        Authorization: `Bearer ${await this.token()}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** @returns the message's id */
  async send(
    recipient: WireUser,
    fields: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<string> {
    const envelope = { ...newEnvelope(recipient), ...fields };
    const response = await this.#expect(202, this.call("POST", "/api/send", envelope, headers));
    return ((await response.json()) as { id: string }).id;
  }

  async pull(limit = 500): Promise<WirePage> {
    const response = await this.#expect(200, this.call("GET", `/api/messages?limit=${limit}`));
    return (await response.json()) as WirePage;
  }

  async ack(messageIds: readonly string[]): Promise<void> {
    await this.#expect(204, this.call("POST", "/api/messages/ack", { messageIds }));
  }

  /** A Socket.IO client for this user's device. It connects by itself: add listeners before you wait. */
  async socket(options: Partial<ManagerOptions & SocketOptions> = {}): Promise<Socket> {
    const { deviceId } = this.#options;
    return io(this.endpoints.realtime, {
      transports: ["websocket"],
      forceNew: true,
      auth: { token: await this.token(), ...(deviceId === undefined ? {} : { deviceId }) },
      ...options,
    });
  }

  /** A client of the SDK, which asks the issuer for tokens as it needs them. */
  connect(options: Pick<ConnectOptions, "store"> = {}): Client {
    return connect({ ...this.#clientOptions(), ...options, realtimeUrl: this.endpoints.realtime });
  }

  /** The client of the SDK, without a connection, for this api. */
  httpClient(url = this.endpoints.api): HttpClient {
    const client = this.#httpClients.get(url) ?? createHttpClient({ ...this.#clientOptions(), url });
    this.#httpClients.set(url, client);
    return client;
  }

  #clientOptions() {
    const { deviceId } = this.#options;
    return {
      url: this.endpoints.api,
      token: () => this.newToken(),
      ...(deviceId === undefined ? {} : { deviceId }),
    };
  }

  async #expect(status: number, call: Promise<Response>): Promise<Response> {
    const response = await call;
    if (response.status !== status) {
      throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
    }
    return response;
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

/** The payload of the next such event. @throws at the timeout */
export function nextEvent<Payload = unknown>(socket: Socket, event: string): Promise<Payload> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    socket.once(event, (payload: Payload) => {
      clearTimeout(timer);
      resolve(payload);
    });
  });
}

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
