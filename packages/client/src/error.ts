import { type Code, reactionTo } from "./codes.ts";

interface Details {
  /** Decided by the code if omitted. */
  readonly retryable?: boolean | undefined;
  readonly status?: number | undefined;
  readonly path?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** Every failure of this package. `code` is stable; `message` is for people and may change. */
export class DumbwaiterError extends Error {
  override readonly name = "DumbwaiterError";
  /** One of the codes in the README; a newer server may have others. */
  readonly code: Code;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** The HTTP status, if the server answered a call with one. */
  readonly status: number | undefined;
  /** The field that is invalid. */
  readonly path: string | undefined;
  /** How long to wait before a retry, in milliseconds, if the server said so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: Code, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? reactionTo(code) === "retry";
    this.status = details.status;
    this.path = details.path;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** What was thrown, as a {@link DumbwaiterError}; anything else becomes the cause of one with this code. */
export function asError(thrown: unknown, code: Code, message: string): DumbwaiterError {
  return thrown instanceof DumbwaiterError ? thrown : new DumbwaiterError(code, message, { cause: thrown });
}

/** An error as a socket carries it: in an answer, or in the refusal of a handshake. */
export function errorOfWire(wire: unknown, otherwise: Code): DumbwaiterError {
  const { code, message, retryable, path, retryAfterMs } = Object(wire) as Record<string, unknown>;
  return new DumbwaiterError(
    typeof code === "string" ? code : otherwise,
    typeof message === "string" ? message : "The server refused without a reason",
    {
      retryable: typeof code === "string" && reactionTo(code) !== undefined ? undefined : retryable === true,
      path: typeof path === "string" ? path : undefined,
      retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : undefined,
    },
  );
}
