import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from "jose";

export const ISSUER = "https://issuer.test";
export const AUDIENCE = "dumbwaiter";

type Algorithm = "ES256" | "EdDSA" | "RS256";

/** `undefined` removes a claim. */
export type Claims = Readonly<Record<string, unknown>>;

export interface SigningKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly privateKey: CryptoKey;
  readonly privatePem: string;
  readonly publicJwk: JWK;
}

export async function makeKey(kid: string, alg: Algorithm = "ES256"): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const privatePem = await exportPKCS8(privateKey);
  return {
    kid,
    alg,
    privateKey,
    privatePem,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" },
  };
}

/** A token of alice that is valid for an hour, with these changes. */
export function signToken(
  key: SigningKey,
  claims: Claims = {},
  header: { readonly kid?: string | undefined } = {},
) {
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: ISSUER, aud: AUDIENCE, sub: "urn:sm:user:alice", iat: now, exp: now + 3600 };
  return new SignJWT({ ...good, ...claims })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header } as JWTHeaderParameters)
    .sign(key.privateKey);
}

export interface JwksServer {
  readonly url: string;
  /** The published keys. */
  keys: readonly SigningKey[];
  /** Answers 503 while it is set. */
  broken: boolean;
  /** Never answers while it is set. */
  stalled: boolean;
  /** Requests received. */
  readonly requests: number;
  close(): Promise<void>;
}

/** A real HTTP server with the keys of an issuer. */
export async function startJwksServer(...keys: readonly SigningKey[]): Promise<JwksServer> {
  let requests = 0;
  const state = { keys, broken: false, stalled: false };
  const server = createServer((_request, response) => {
    requests += 1;
    if (state.stalled) return;
    response.writeHead(state.broken ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: state.keys.map(({ publicJwk }) => publicJwk) }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.defineProperties(state, {
    url: { value: `http://127.0.0.1:${port}/jwks.json` },
    requests: { get: () => requests },
    close: {
      value: async () => {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      },
    },
  }) as unknown as JwksServer;
}
