import { hash } from "node:crypto";
import {
  type Clock,
  DumbwaiterError,
  type Principal,
  parseDeviceId,
  parseSubject,
  systemClock,
  type TokenVerifier,
} from "@dumbwaiter/core";
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { LogSampler } from "../edge/log-sampler.ts";
import type { DependencyStates } from "../telemetry/dependency-states.ts";
import type { Logger } from "../telemetry/logger.ts";
import { RemoteKeys } from "./remote-keys.ts";

interface TokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Told of the state of the dependency `jwks`. */
  readonly dependencies?: DependencyStates;
  /** Verified tokens to cache, some 300 bytes each. */
  readonly cacheSize?: number;
}

const ALGORITHMS = ["ES256", "EdDSA", "RS256"];
const MAX_TOKEN_LENGTH = 8192;
/** A token is tried with this many of the published keys that fit it. An issuer has two while it rotates them. */
const MAX_CANDIDATES = 8;
const LEEWAY_SECONDS = 30;
const DEFAULT_CACHE_SIZE = 20_000;
/** The last millisecond that a Date can hold. */
const MAX_TIME_MS = 8.64e15;

interface Verified {
  readonly principal: Principal;
  readonly keysVersion: number;
}

/**
 * Verifies JWTs against the issuer's published keys: ES256, EdDSA or RS256, issuer, audience, `exp`, `nbf` and `iat`
 * with 30 s of leeway, a `sub` that is a user and a `device_id` that is a device. Tokens are at most 8 KiB.
 *
 * A verified token is cached by its hash until it expires or the issuer's keys change, whichever comes first;
 * {@link RemoteKeys} says how soon a change takes effect. Concurrent calls with one token share one verification.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, jwksUrl, logger, clock = systemClock, dependencies } = options;
  const cache = new LRUCache<string, Verified>({ max: options.cacheSize ?? DEFAULT_CACHE_SIZE });
  const unexpected = new LogSampler();
  const underWay = new Map<string, Promise<Principal>>();
  const keys = new RemoteKeys({
    url: jwksUrl,
    clock,
    onLoad: (up, error) => dependencies?.report("jwks", up, error),
  });

  async function verifySignature(token: string, id: string): Promise<Principal> {
    let keysVersion = keys.version;
    const findKey: JWTVerifyGetKey = async (header, jws) => {
      try {
        return await keys.find(header, jws);
      } finally {
        keysVersion = keys.version;
      }
    };
    const checks = {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      requiredClaims: ["exp", "sub"],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(clock.now()),
    };
    try {
      const payload = await verifyJwt(token, findKey, checks).catch(async (error) => {
        const isKeyWrong = error instanceof errors.JWSSignatureVerificationFailed;
        if (!isKeyWrong || !(await keys.hasNewerThan(keysVersion))) throw error;
        return verifyJwt(token, findKey, checks);
      });
      const principal = principalOf(payload, clock.now());
      cache.set(id, { principal, keysVersion });
      return principal;
    } catch (error) {
      throw refusal(error, () =>
        unexpected.sample("", (repeated) =>
          logger.warn({ reason: String(error), repeated }, "failed to verify a token"),
        ),
      );
    }
  }

  return {
    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) throw unauthenticated("The token exceeds 8 KiB");
      await keys.refresh();
      const id = hash("sha256", token, "base64");
      const verified = cache.get(id);
      if (verified?.keysVersion === keys.version) return unlessExpired(verified.principal, clock.now());
      const pending = underWay.get(id) ?? verifySignature(token, id).finally(() => underWay.delete(id));
      underWay.set(id, pending);
      return pending;
    },
  };
}

/** Where several keys fit, one of them must verify the token. */
async function verifyJwt(
  token: string,
  findKey: JWTVerifyGetKey,
  checks: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, findKey, checks)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tried = 0;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, checks)).payload;
      } catch (refusal) {
        tried += 1;
        if (!(refusal instanceof errors.JWSSignatureVerificationFailed) || tried === MAX_CANDIDATES)
          throw refusal;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function unlessExpired(principal: Principal, now: number): Principal {
  if (now >= principal.expiresAt + LEEWAY_SECONDS * 1000) throw expired();
  return principal;
}

function principalOf({ sub, exp = 0, iat, device_id: deviceId }: JWTPayload, now: number): Principal {
  const user = typeof sub === "string" ? parseSubject(sub) : undefined;
  if (user === undefined) throw claimRefused("sub");
  if (iat !== undefined && iat * 1000 > now + LEEWAY_SECONDS * 1000) throw claimRefused("iat");
  const expiresAt = Math.floor(exp * 1000);
  if (expiresAt > MAX_TIME_MS) throw claimRefused("exp");
  if (deviceId === undefined) return { user, expiresAt };
  const device = typeof deviceId === "string" ? parseDeviceId(deviceId) : undefined;
  if (device === undefined) throw claimRefused("device_id");
  return { user, device, expiresAt };
}

function refusal(error: unknown, logUnexpected: () => void): DumbwaiterError {
  if (error instanceof DumbwaiterError) return error;
  if (error instanceof errors.JWTExpired) return expired();
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefused(error.claim, error);
  if (!(error instanceof errors.JOSEError)) logUnexpected();
  return unauthenticated("The token is invalid", error);
}

function claimRefused(claim: string, cause?: unknown): DumbwaiterError {
  return unauthenticated(`The token claim ${claim} is missing or invalid`, cause);
}

function expired(): DumbwaiterError {
  return new DumbwaiterError("token_expired", "The token has expired");
}

function unauthenticated(message: string, cause?: unknown): DumbwaiterError {
  return new DumbwaiterError("unauthenticated", message, { cause });
}
