import { within } from "./backoff.ts";
import { asError, DumbwaiterError } from "./error.ts";

/** Returns a valid token: a new one, or one that will stay valid for a while. */
export type TokenFunction = () => string | Promise<string>;

const TOKEN_TIMEOUT_MS = 30_000;
/** A token is replaced this long before it expires, or when a fifth of its lifetime is left. */
const MARGIN_MS = 60_000;
const MARGIN_SHARE = 0.2;

/** Asks the application for tokens. Concurrent callers share one request. */
export class TokenSource {
  readonly #read: TokenFunction;
  readonly #life: AbortSignal | undefined;
  #pending: Promise<string> | undefined;
  #current: { readonly token: string; readonly usableUntil: number } | undefined;

  /**
   * @param read without it, the client has no token, and calls that need one fail at once
   * @param life ends a request that is under way with its reason
   */
  constructor(read: TokenFunction = noToken, life?: AbortSignal) {
    this.#read = read;
    this.#life = life;
  }

  /** Asks the application for a token. @throws DumbwaiterError `token_failed`, or what the application threw if it is one */
  fresh(): Promise<string> {
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** The last token, while it is not about to expire; otherwise a fresh one. */
  async current(): Promise<string> {
    const current = this.#current;
    return current && performance.now() < current.usableUntil ? current.token : this.fresh();
  }

  /** The server has refused it. */
  forget(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #ask(): Promise<string> {
    try {
      const token = await within(Promise.resolve(this.#read()), TOKEN_TIMEOUT_MS, this.#life, () => {
        throw new DumbwaiterError("token_failed", `token() took over ${TOKEN_TIMEOUT_MS} ms`);
      });
      this.#current = { token, usableUntil: performance.now() + (usableMs(token) ?? 0) };
      return token;
    } catch (error) {
      throw asError(error, "token_failed", "token() failed");
    }
  }
}

const noToken: TokenFunction = () => {
  const message = "Without the option token, a client can only send with an access key";
  throw new DumbwaiterError("token_failed", message, { retryable: false });
};

/**
 * For how long a JWT may be used before it should be replaced, in milliseconds; undefined if it says no expiry. The
 * clock of this machine may be wrong: a token that seems to have expired was issued just now.
 */
export function usableMs(token: string, now = Date.now()): number | undefined {
  const { exp, iat } = claimsOf(token);
  if (typeof exp !== "number") return undefined;
  const left = exp * 1000 - now;
  const lifetime = typeof iat === "number" ? (exp - iat) * 1000 : left;
  const usable = Math.max(0, left > 0 ? Math.min(left, lifetime) : lifetime);
  return usable - Math.min(MARGIN_MS, usable * MARGIN_SHARE);
}

function claimsOf(token: string): { readonly exp?: unknown; readonly iat?: unknown } {
  try {
    const payload = token.split(".")[1] ?? "";
    return Object(JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))));
  } catch {
    return {};
  }
}
