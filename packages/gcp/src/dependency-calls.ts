import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs, UnavailableError } from "@dumbwaiter/core";
import { status } from "@grpc/grpc-js";
import { type GoogleService, type SetupFault, setupFaultCode } from "./setup-faults.ts";

/** Codes that depend on the moment rather than on the call. */
const TRANSIENT: ReadonlySet<unknown> = new Set([
  status.ABORTED,
  status.CANCELLED,
  status.INTERNAL,
  status.RESOURCE_EXHAUSTED,
  status.UNAVAILABLE,
  status.UNKNOWN,
]);

/** Whether a call that failed so may succeed when it is made again. */
export function isTransient(code: unknown): boolean {
  return TRANSIENT.has(code);
}

const BACKOFF = { firstMs: 20, maxMs: 1_000 };
/** A service that fails at once is given up on sooner than one that is slow. */
const RETRY_MS = 3_000;

/** Called for each call that succeeded: its method, and how many messages, documents or ids it carried. */
type CallObserver = (method: string, items: number) => void;

export interface CallSettings {
  /** For one call with all its retries; 10 seconds by default. */
  readonly timeoutMs?: number | undefined;
  readonly onCall?: CallObserver | undefined;
  readonly onSetupFault?: ((fault: SetupFault) => void) | undefined;
}

interface Call<T> {
  readonly method: string;
  /** Full name of the topic, subscription or database. */
  readonly resource: string;
  /** Repeated while its error is transient and time is left, so it must be harmless to repeat. */
  attempt(timeoutMs: number): Promise<T>;
  items(result: T): number;
  /** Codes that the caller handles: errors with them are thrown as they are. */
  readonly expected?: readonly status[];
}

/**
 * The calls to one of Google's services: a short deadline with retries inside, one kind of error, one state. Not
 * `p-retry`, which does not tell an attempt how much time is left.
 */
export class DependencyCalls {
  readonly dependency: GoogleService;
  readonly #timeoutMs: number;
  readonly #onCall: CallObserver | undefined;
  readonly #onSetupFault: ((fault: SetupFault) => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(dependency: GoogleService, { timeoutMs = 10_000, onCall, onSetupFault }: CallSettings) {
    this.dependency = dependency;
    this.#timeoutMs = timeoutMs;
    this.#onCall = onCall;
    this.#onSetupFault = onSetupFault;
  }

  /** How long a call may wait for others before it fails with them: half of its deadline. */
  get maxWaitMs(): number {
    return this.#timeoutMs / 2;
  }

  /** Whether the service answered the last call. */
  get isUp(): boolean {
    return this.#failure === undefined;
  }

  /** Why not, if it did not. */
  get failure(): unknown {
    return this.#failure?.error;
  }

  /** For streams: one is open. */
  reportOpen(): void {
    this.#failure = undefined;
  }

  /** For streams: one broke. */
  reportBroken(call: Pick<Call<unknown>, "method" | "resource">, error: unknown): void {
    this.#failure = { error };
    this.#reportFault(call, error);
  }

  #reportFault({ method, resource }: Pick<Call<unknown>, "method" | "resource">, error: unknown): void {
    const code = setupFaultCode(error);
    if (code) this.#onSetupFault?.({ dependency: this.dependency, method, resource, code, error });
  }

  /** @throws UnavailableError for every error that the caller does not expect */
  async run<T>(call: Call<T>): Promise<T> {
    const start = performance.now();
    const deadline = start + this.#timeoutMs;
    const lastRetry = start + Math.min(RETRY_MS, this.#timeoutMs);
    for (let failures = 0; ; failures += 1) {
      try {
        const result = await call.attempt(Math.max(1, deadline - performance.now()));
        this.#failure = undefined;
        this.#onCall?.(call.method, call.items(result));
        return result;
      } catch (error) {
        const code = (error as { code?: status }).code;
        const isExpected = code !== undefined && call.expected?.includes(code);
        this.#failure = isExpected ? undefined : { error };
        if (isExpected) throw error;
        const pauseMs = backoffMs(BACKOFF, failures);
        if (!isTransient(code) || performance.now() + pauseMs >= lastRetry) {
          this.#reportFault(call, error);
          throw new UnavailableError(this.dependency, error);
        }
        await sleep(pauseMs);
      }
    }
  }
}
