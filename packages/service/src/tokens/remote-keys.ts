import { type Clock, UnavailableError } from "@dumbwaiter/core";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";

export interface RemoteKeysOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Told of each reading of the keys. */
  readonly onLoad: (succeeded: boolean, error?: unknown) => void;
}

const TIMEOUT_MS = 3_000;

/** Keys are read again after this long, while they are in use. */
const REFRESH_AFTER_MS = 5 * 60_000;

/** Keys that nobody has used, so nobody has refreshed, for this long are not used before they are read again. */
const MAX_IDLE_AGE_MS = 10 * 60_000;

/** An unknown key id makes the keys be read again, but not more often than this. */
const UNKNOWN_KEY_COOLDOWN_MS = 10_000;

/** How soon to try again after a failure. */
const RETRY_AFTER_MS = 2_000;

/**
 * An issuer's public keys. A new key is found when a token names it; a withdrawn one is forgotten within five minutes
 * (ten when nobody calls). While the issuer is away the keys read before go on working.
 *
 * jose fetches, parses and selects; when to fetch is decided here, because jose's own cache drops its keys when they
 * are too old and asks anew for each call while the issuer fails.
 */
export class RemoteKeys {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #clock: Clock;
  readonly #onLoad: RemoteKeysOptions["onLoad"];
  #loadedAt: number | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #loading: Promise<void> | undefined;
  #version = 0;

  constructor({ url, clock, onLoad }: RemoteKeysOptions) {
    this.#keys = createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT_MS,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
    this.#clock = clock;
    this.#onLoad = onLoad;
  }

  /** Changes with the keys: what was verified under another version must be verified again. */
  get version(): number {
    return this.#version;
  }

  /** Call before every use of what these keys have verified. Never rejects. */
  async refresh(): Promise<void> {
    if (this.#loadedAt === undefined) return;
    const age = this.#clock.now() - this.#loadedAt;
    if (age < REFRESH_AFTER_MS) return;
    // Nobody waits for an issuer that failed last time.
    const wait = age >= MAX_IDLE_AGE_MS && !this.#failed;
    const loading = this.#load().catch(() => {});
    if (wait) await loading;
  }

  /** The key that a token names, for jose. @throws UnavailableError */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#loadedAt === undefined) await this.#load();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const sinceTried = this.#clock.now() - this.#triedAt;
      if (!this.#failed && this.#loading === undefined && sinceTried < UNKNOWN_KEY_COOLDOWN_MS) throw error;
      await this.#load();
      return this.#keys(header, token);
    }
  };

  #load(): Promise<void> {
    this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #read(): Promise<void> {
    const now = this.#clock.now();
    if (this.#failed && now - this.#triedAt < RETRY_AFTER_MS) throw new UnavailableError("jwks");
    this.#triedAt = now;
    const before = JSON.stringify(this.#keys.jwks());
    try {
      await this.#keys.reload();
    } catch (error) {
      this.#failed = true;
      this.#onLoad(false, error);
      throw new UnavailableError("jwks", error);
    }
    this.#failed = false;
    this.#loadedAt = now;
    if (JSON.stringify(this.#keys.jwks()) !== before) this.#version += 1;
    this.#onLoad(true);
  }
}
