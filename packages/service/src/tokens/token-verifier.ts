import { hash } from "node:crypto";
import {
  type Clock,
  DumbwaiterError,
  type Principal,
  parseDeviceId,
  systemClock,
  type TokenVerifier,
} from "@dumbwaiter/core";
import { decodeJwt, errors, type JWTPayload } from "jose";
import { LogSampler } from "../edge/log-sampler.ts";
import { RecentCache } from "../edge/recent-cache.ts";
import type { DependencyStates } from "../telemetry/dependency-states.ts";
import type { Logger } from "../telemetry/logger.ts";
import { claimAt } from "./claims.ts";
import { Issuer, type IssuerSettings, LEEWAY_SECONDS } from "./issuer.ts";
import { UsersOfIssuers } from "./users-of-issuers.ts";

export interface TokenVerifierOptions extends IssuerSettings {
  /** Issuers besides; each of another name. */
  readonly additionalIssuers?: readonly IssuerSettings[] | undefined;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Told of the state of the dependency `jwks`: up when the keys of all issuers could be read. */
  readonly dependencies?: DependencyStates;
  /** Verified tokens to cache, some 300 bytes each. */
  readonly cacheSize?: number;
}

const MAX_TOKEN_LENGTH = 8192;
const DEFAULT_CACHE_SIZE = 20_000;
/** The last millisecond that a Date can hold. */
const MAX_TIME_MS = 8.64e15;

const NO_USER =
  "names no user of its issuer: it must be a subject of 1 to 255 characters when percent-encoded, or " +
  "urn:sm:user:<id> in canonical form";

interface Verified {
  readonly principal: Principal;
  readonly issuer: Issuer;
  readonly keysVersion: number;
}

/**
 * Verifies JWTs against the published keys of their own issuer: ES256, EdDSA or RS256, issuer, audience, `exp`, `nbf`
 * and `iat` with 30 s of leeway, a user that the issuer may name, and a device if there is one. Tokens are at most 8 KiB.
 *
 * A verified token is cached by its hash until it expires, the issuer's keys change, or nobody brings it for minutes;
 * {@link RemoteKeys} says how soon a change takes effect. Concurrent calls with one token share one verification.
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { additionalIssuers = [], logger, clock = systemClock } = options;
  const settings = [options, ...additionalIssuers];
  const users = new UsersOfIssuers(settings.map(({ userPrefix = "" }) => userPrefix));
  const reportKeys = keysReporter(options.dependencies);
  const issuers = new Map(
    settings.map((each) => [each.issuer, new Issuer(each, clock, reportKeys.bind(undefined, each.issuer))]),
  );
  const cache = new RecentCache<string, Verified>(options.cacheSize ?? DEFAULT_CACHE_SIZE);
  const unexpected = new LogSampler();
  const underWay = new Map<string, Promise<Principal>>();

  async function verifySignature(token: string, id: string): Promise<Principal> {
    try {
      // Whose token it claims to be decides only on the keys that it is verified with.
      const issuer = issuers.get(decodeJwt(token).iss ?? "");
      if (issuer === undefined) throw claimRefused("iss", "is missing or invalid");
      await issuer.keys.refresh();
      const { payload, keysVersion } = await issuer.verify(token);
      const principal = principalOf(payload, issuer, users, clock.now());
      cache.set(id, { principal, issuer, keysVersion });
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
      const id = hash("sha256", token, "base64");
      const verified = cache.get(id);
      if (verified) {
        const { keys } = verified.issuer;
        await keys.refresh();
        if (verified.keysVersion === keys.version) return unlessExpired(verified.principal, clock.now());
      }
      const pending = underWay.get(id) ?? verifySignature(token, id).finally(() => underWay.delete(id));
      underWay.set(id, pending);
      return pending;
    },
  };
}

/** @returns what to tell after each attempt to fetch an issuer's keys */
function keysReporter(dependencies: DependencyStates | undefined) {
  const failed = new Map<string, unknown>();
  return (issuer: string, succeeded: boolean, error?: unknown) => {
    if (succeeded) failed.delete(issuer);
    else failed.set(issuer, error);
    const [cause] = failed.values();
    dependencies?.report("jwks", failed.size === 0, cause);
  };
}

function unlessExpired(principal: Principal, now: number): Principal {
  if (now >= principal.expiresAt + LEEWAY_SECONDS * 1000) throw expired();
  return principal;
}

function principalOf(
  payload: JWTPayload,
  { userClaim, deviceClaim, userPrefix }: Issuer,
  users: UsersOfIssuers,
  now: number,
): Principal {
  const subject = claimAt(payload, userClaim);
  if (typeof subject !== "string") throw claimRefused(userClaim, "is missing or no text");
  const user = users.userOf(subject, userPrefix);
  if (user === undefined) throw claimRefused(userClaim, NO_USER);
  const { exp = 0, iat } = payload;
  if (iat !== undefined && iat * 1000 > now + LEEWAY_SECONDS * 1000)
    throw claimRefused("iat", "is in the future");
  const expiresAt = Math.floor(exp * 1000);
  if (expiresAt > MAX_TIME_MS) throw claimRefused("exp", "is beyond all dates");
  const name = claimAt(payload, deviceClaim);
  if (name === undefined) return { user, expiresAt };
  const device = typeof name === "string" ? parseDeviceId(name) : undefined;
  if (device === undefined) throw claimRefused(deviceClaim, "is no device ID");
  return { user, device, expiresAt };
}

function refusal(error: unknown, logUnexpected: () => void): DumbwaiterError {
  if (error instanceof DumbwaiterError) return error;
  if (error instanceof errors.JWTExpired) return expired();
  if (error instanceof errors.JWTClaimValidationFailed)
    return claimRefused(error.claim, "is missing or invalid", error);
  if (!(error instanceof errors.JOSEError)) logUnexpected();
  return unauthenticated("The token is invalid", error);
}

function claimRefused(claim: string, why: string, cause?: unknown): DumbwaiterError {
  return unauthenticated(`The token claim ${claim} ${why}`, cause);
}

function expired(): DumbwaiterError {
  return new DumbwaiterError("token_expired", "The token has expired");
}

function unauthenticated(message: string, cause?: unknown): DumbwaiterError {
  return new DumbwaiterError("unauthenticated", message, { cause });
}
