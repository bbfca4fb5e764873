import type { TokenVerifier } from "@dumbwaiter/core";
import { createLogger, createTokenVerifier, type TokenVerifierOptions } from "../src/index.ts";
import {
  AUDIENCE,
  ISSUER,
  type JwksServer,
  makeKey,
  type SigningKey,
  startJwksServer,
} from "./test-issuer.ts";

/** The issuer's, one for each algorithm. */
export const keys = await Promise.all([makeKey("es"), makeKey("ed", "EdDSA"), makeKey("rs", "RS256")]);
export const [es, , rs] = keys as [SigningKey, SigningKey, SigningKey];

/** Of no issuer, under the ID of one of its keys. */
export const stranger = await makeKey("es");

const logger = createLogger({ service: "test", level: "silent" });

export interface VerifierFixture {
  /** Where the verifiers find the issuer's keys. */
  readonly server: JwksServer;
  /** How far the verifiers' clock runs ahead. */
  aheadMs: number;
  verifier(options?: Partial<TokenVerifierOptions>): TokenVerifier;
  close(): Promise<void>;
}

export async function openVerifierFixture(): Promise<VerifierFixture> {
  const server = await startJwksServer(...keys);
  const fixture: VerifierFixture = {
    server,
    aheadMs: 0,
    verifier: (options) =>
      createTokenVerifier({
        issuer: ISSUER,
        audience: AUDIENCE,
        jwksUrl: server.url,
        logger,
        clock: { now: () => Date.now() + fixture.aheadMs },
        ...options,
      }),
    close: () => server.close(),
  };
  return fixture;
}
