import { type Clock, UnavailableError } from "@dumbwaiter/core";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";

interface RemoteKeysOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Called after each attempt to fetch the keys. */
  readonly onLoad: (succeeded: boolean, error?: unknown) => void;
}

const TIMEOUT_MS = 3_000;

/** Keys in use are fetched again after this time. */
const REFRESH_AFTER_MS = 5 * 60_000;

/** Keys that have not been used, and so not refreshed, for this time are fetched again before they are used. */
const MAX_IDLE_AGE_MS = 10 * 60_000;

/** A token that no key fits or verifies causes a new fetch, but not more often than this. */
const COOLDOWN_MS = 10_000;

/** How soon to retry after a failure. */
const RETRY_AFTER_MS = 2_000;

/**
 * An issuer's public keys. A new key is fetched when a token needs it; a withdrawn one is dropped within five minutes
 * (ten when it is not in use). While the issuer is unavailable, the keys fetched before remain in use.
 *
 * jose fetches, parses and selects keys; when to fetch is decided here, because jose's own cache drops keys that are too
 * old, and fetches again on every call while the issuer fails.
 */
export class RemoteKeys {
  readonly #url: URL;
  readonly #clock: Clock;
  readonly #onLoad: RemoteKeysOptions["onLoad"];
  #loadedAt: number | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #loading: Promise<void> | undefined;
  #version = 0;
  #keySet: ReturnType<typeof createRemoteJWKSet> | undefined;

  constructor({ url, clock, onLoad }: RemoteKeysOptions) {
    this.#url = new URL(url);
    this.#clock = clock;
    this.#onLoad = onLoad;
  }

  /** Created by the first token: it loads Node's fetch, for which no start should wait. */
  get #keys(): ReturnType<typeof createRemoteJWKSet> {
    this.#keySet ??= createRemoteJWKSet(this.#url, {
      timeoutDuration: TIMEOUT_MS,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
    return this.#keySet;
  }

  /** Changes with the keys: a token verified under another version must be verified again. */
  get version(): number {
    return this.#version;
  }

  /** Call before every use of a token that these keys verified earlier. Never rejects. */
  async refresh(): Promise<void> {
    if (this.#loadedAt === undefined) return;
    const age = this.#clock.now() - this.#loadedAt;
    if (age < REFRESH_AFTER_MS) return;
    // Callers do not wait for an issuer that failed last time.
    const wait = age >= MAX_IDLE_AGE_MS && !this.#failed;
    const loading = this.#load().catch(() => {});
    if (wait) await loading;
  }

  /**
   * The key that a token names, for jose, which rejects with all candidates where several keys fit.
   *
   * @throws UnavailableError
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#loadedAt === undefined) await this.#load();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (!this.#isFetchDue()) throw error;
      await this.#load();
      return this.#keys(header, token);
    }
  };

  /**
   * Call when no key that fits has verified a token: its own may be new, under a known ID or none. Never rejects.
   *
   * @returns whether the keys have changed since that version
   */
  async hasNewerThan(version: number): Promise<boolean> {
    if (this.#version === version && this.#isFetchDue()) await this.#load().catch(() => {});
    return this.#version !== version;
  }

  #isFetchDue(): boolean {
    const sinceTried = this.#clock.now() - this.#triedAt;
    return this.#failed || this.#loading !== undefined || sinceTried >= COOLDOWN_MS;
  }

  #load(): Promise<void> {
    this.#loading ??= this.#fetch().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #fetch(): Promise<void> {
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
