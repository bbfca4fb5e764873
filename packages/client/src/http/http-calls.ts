import { codeOfStatus, reactionTo } from "../codes.ts";
import { DumbwaiterError } from "../error.ts";
import type { CallOptions } from "../model.ts";
import { follow, retried } from "../retried.ts";
import type { TokenSource } from "../token-source.ts";

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
   * Retries what may succeed later; a refused token is replaced once.
   *
   * @returns the answer's JSON, or undefined without a body
   * @throws DumbwaiterError the last failure; `aborted` or `closed`
   */
  async call(call: HttpCall): Promise<unknown> {
    let token = "";
    let isRenewed = false;
    return retried({
      server: this.#url,
      options: call,
      life: this.#life,
      attempt: async (signal) => {
        token = await this.#tokens.current();
        signal.throwIfAborted();
        return this.#attempt(call, token, signal);
      },
      // Whatever the time: without it, calls that are made once would keep a refused token.
      recovers: ({ code }) => {
        if (isRenewed || reactionTo(code) !== "renew") return false;
        isRenewed = true;
        this.#tokens.forget(token);
        return true;
      },
    });
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
