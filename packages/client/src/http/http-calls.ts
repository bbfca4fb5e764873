import { pause, retryDelayMs } from "../backoff.ts";
import { codeOfStatus, reactionTo } from "../codes.ts";
import { asError, DumbwaiterError } from "../error.ts";
import type { CallOptions } from "../model.ts";
import type { TokenSource } from "../token-source.ts";

const DEFAULT_TIMEOUT_MS = 60_000;
const ATTEMPT_TIMEOUT_MS = 15_000;

export interface HttpCall extends CallOptions {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes calls of the HTTP API, each as often as it takes. */
export class HttpCalls {
  readonly #url: string;
  readonly #tokens: TokenSource;
  readonly #deviceId: string | undefined;
  readonly #life: AbortSignal | undefined;

  /** @param life ends all calls with its reason */
  constructor(url: string, tokens: TokenSource, deviceId?: string, life?: AbortSignal) {
    this.#url = url.replace(/\/+$/, "");
    this.#tokens = tokens;
    this.#deviceId = deviceId;
    this.#life = life;
  }

  /**
   * Retries what may succeed later, with full jitter and not before the server's `Retry-After`. A refused token is
   * replaced once.
   *
   * @returns the answer's JSON, or undefined without a body
   * @throws DumbwaiterError the last failure; `aborted` or `closed`
   */
  async call(call: HttpCall): Promise<unknown> {
    const deadline = performance.now() + (call.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    let isRenewed = false;
    const end = new AbortController();
    const unfollow = [
      follow(
        call.signal,
        end,
        () => new DumbwaiterError("aborted", "Aborted", { cause: call.signal?.reason }),
      ),
      follow(this.#life, end, () => this.#life?.reason),
    ];
    try {
      for (let failures = 0; ; failures++) {
        let token = "";
        try {
          token = await this.#tokens.current();
          end.signal.throwIfAborted();
          return await this.#attempt(call, token, end.signal);
        } catch (thrown) {
          end.signal.throwIfAborted();
          const error = asError(thrown, "network", "The server could not be reached");
          const renews = reactionTo(error.code) === "renew" && !isRenewed;
          if (!(renews || error.retryable)) throw error;
          if (renews) {
            // Whatever the time: without it, calls that are made once would keep a refused token.
            isRenewed = true;
            this.#tokens.forget(token);
            continue;
          }
          const delayMs = retryDelayMs(failures, error.retryAfterMs);
          if (performance.now() + delayMs > deadline) throw error;
          call.onRetry?.(error);
          await pause(delayMs, end.signal);
        }
      }
    } finally {
      for (const stop of unfollow) stop();
    }
  }

  async #attempt({ method, path, body, headers }: HttpCall, token: string, signal: AbortSignal) {
    const attempt = new AbortController();
    const unfollow = follow(signal, attempt, () => signal.reason);
    const timer = setTimeout(
      () => attempt.abort(new DumbwaiterError("timeout", `No answer within ${ATTEMPT_TIMEOUT_MS} ms`)),
      ATTEMPT_TIMEOUT_MS,
    );
    try {
      const response = await fetch(this.#url + path, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(this.#deviceId === undefined ? {} : { "X-Device-Id": this.#deviceId }),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: attempt.signal,
      });
      const text = await response.text();
      if (response.ok) return text === "" ? undefined : parseJson(text);
      throw errorOfResponse(response, text);
    } finally {
      clearTimeout(timer);
      unfollow();
    }
  }
}

/** @returns what removes the listener */
function follow(signal: AbortSignal | undefined, end: AbortController, reason: () => unknown): () => void {
  const aborted = () => end.abort(reason());
  if (signal?.aborted) aborted();
  else signal?.addEventListener("abort", aborted);
  return () => signal?.removeEventListener("abort", aborted);
}

function errorOfResponse({ status, headers }: Response, text: string): DumbwaiterError {
  let problem: Record<string, unknown> = {};
  try {
    problem = Object(JSON.parse(text));
  } catch {
    // Of a proxy.
  }
  const code = typeof problem.code === "string" ? problem.code : codeOfStatus(status);
  return new DumbwaiterError(code, typeof problem.detail === "string" ? problem.detail : `Status ${status}`, {
    status,
    retryable: reactionTo(code) === undefined ? status === 429 || status >= 500 : undefined,
    path: typeof problem.path === "string" ? problem.path : undefined,
    retryAfterMs: retryAfterMsOf(headers.get("Retry-After")),
  });
}

/** Seconds, or a date. */
function retryAfterMsOf(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DumbwaiterError("unexpected_response", "The answer is not JSON: is the URL right?", {
      cause: error,
    });
  }
}
