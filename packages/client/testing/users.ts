import { randomBytes } from "node:crypto";
import type { Endpoints } from "@dumbwaiter/wire-user";
import {
  type Client,
  type ConnectOptions,
  connect,
  createHttpClient,
  type HttpClient,
  userUrn,
} from "../src/index.ts";

/** A user that no other test has, with clients of this package. */
export interface TestUser {
  readonly name: string;
  readonly urn: string;
  token(): Promise<string>;
  /** Each client counts how often it has asked for a token. */
  connect(options?: Partial<ConnectOptions>): Client;
  http(deviceId?: string): HttpClient;
}

interface TokenRequest {
  readonly deviceId?: string;
  readonly expiresInSeconds?: number;
}

/** @param name of a user that exists; by default a new one */
export function newUser(
  endpoints: Endpoints,
  request: TokenRequest = {},
  name = `user-${randomBytes(8).toString("hex")}`,
): TestUser {
  const options = {
    url: endpoints.api,
    realtimeUrl: endpoints.realtime,
    token: () => tokenFor(endpoints.issuer, name, request),
  };
  return {
    name,
    urn: userUrn(name),
    token: options.token,
    connect: (more = {}) => connect({ ...options, ...more }),
    http: (deviceId) => createHttpClient({ ...options, ...(deviceId === undefined ? {} : { deviceId }) }),
  };
}

/** @returns a token of the development issuer */
export async function tokenFor(issuer: string, user: string, request: TokenRequest = {}): Promise<string> {
  const response = await fetch(`${issuer}/dev/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user, ...request }),
  });
  return ((await response.json()) as { token: string }).token;
}

export function envelopeFor(recipient: TestUser, fields: object = {}) {
  const random = () => randomBytes(12).toString("base64");
  return {
    recipientId: recipient.urn,
    encryptedData: random(),
    encryptedSymmetricKey: random(),
    signature: random(),
    ...fields,
  };
}
