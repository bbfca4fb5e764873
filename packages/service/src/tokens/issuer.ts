import type { Clock } from "@dumbwaiter/core";
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import { RemoteKeys } from "./remote-keys.ts";

export interface IssuerSettings {
  /** The `iss` claim of its tokens. */
  readonly issuer: string;
  /** Of which its tokens name at least one. */
  readonly audience: string | readonly string[];
  readonly jwksUrl: string;
  /** Of the user; `sub` by default. See `claimAt`. */
  readonly userClaim?: string | undefined;
  /** Of the device; `device_id` by default. */
  readonly deviceClaim?: string | undefined;
  /** What its subjects get in front; nothing by default. See `UsersOfIssuers`. */
  readonly userPrefix?: string | undefined;
}

const ALGORITHMS = ["ES256", "EdDSA", "RS256"];
/** A token is tried with this many of the published keys that fit it. An issuer has two while it rotates them. */
const MAX_CANDIDATES = 8;
export const LEEWAY_SECONDS = 30;

/** One issuer: its keys verify its own tokens and no others. */
export class Issuer {
  readonly keys: RemoteKeys;
  readonly userClaim: string;
  readonly deviceClaim: string;
  readonly userPrefix: string;
  readonly #checks: JWTVerifyOptions;
  readonly #clock: Clock;

  /** @param onLoad called after each attempt to fetch the keys */
  constructor(settings: IssuerSettings, clock: Clock, onLoad: (succeeded: boolean, error?: unknown) => void) {
    this.keys = new RemoteKeys({ url: settings.jwksUrl, clock, onLoad });
    this.userClaim = settings.userClaim ?? "sub";
    this.deviceClaim = settings.deviceClaim ?? "device_id";
    this.userPrefix = settings.userPrefix ?? "";
    this.#clock = clock;
    this.#checks = {
      algorithms: ALGORITHMS,
      issuer: settings.issuer,
      audience: [settings.audience].flat(),
      requiredClaims: ["exp"],
      clockTolerance: LEEWAY_SECONDS,
    };
  }

  /**
   * @returns the claims, and the version of the keys that verified them
   * @throws jose's errors, or UnavailableError
   */
  async verify(token: string): Promise<{ readonly payload: JWTPayload; readonly keysVersion: number }> {
    const { keys } = this;
    let keysVersion = keys.version;
    const findKey: JWTVerifyGetKey = async (header, jws) => {
      try {
        return await keys.find(header, jws);
      } finally {
        keysVersion = keys.version;
      }
    };
    const checks = { ...this.#checks, currentDate: new Date(this.#clock.now()) };
    const payload = await verifyJwt(token, findKey, checks).catch(async (error) => {
      const isKeyWrong = error instanceof errors.JWSSignatureVerificationFailed;
      if (!isKeyWrong || !(await keys.hasNewerThan(keysVersion))) throw error;
      return verifyJwt(token, findKey, checks);
    });
    return { payload, keysVersion };
  }
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
