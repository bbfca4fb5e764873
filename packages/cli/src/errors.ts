import { UnavailableError } from "@dumbwaiter/core";
import { ConfigError } from "@dumbwaiter/service/settings";

/** What each exit code means. They never change their meaning. */
export const EXIT_CODES = {
  ok: { exitCode: 0, meaning: "done" },
  failed: { exitCode: 1, meaning: "an error that none of the others describes" },
  usage: { exitCode: 2, meaning: "an argument, an option or a variable is missing or invalid" },
  refused: { exitCode: 3, meaning: "the server refused the call, and would refuse it again" },
  unavailable: {
    exitCode: 4,
    meaning: "the server or a store cannot be reached, or asks to wait: the same call may succeed later",
  },
  not_found: { exitCode: 5, meaning: "there is no such message, device, access key or dead letter" },
} as const;

export type Failure = Exclude<keyof typeof EXIT_CODES, "ok">;

/** What the SDK finds out itself, and no retry changes. */
const LOCAL_CODES = new Set(["unexpected_response", "store_failed", "token_failed", "aborted", "closed"]);

/** A failure whose message is all that people need. */
export class CommandError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** The arguments do not fit the command. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super("usage", message);
  }
}

/** As the SDK's errors are, and those of our own packages. */
interface CodedError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly path?: string;
}

/** How an error is printed with `--json`. */
export function errorJson(error: unknown): object {
  const message = messageOf(error);
  if (!isCoded(error)) return { error: { code: failureOf(error), message } };
  const { code, retryable, path } = error;
  return { error: { code, message, retryable, ...(path === undefined ? {} : { path }) } };
}

/** With the cause of an outage, and the code and field of what the server refused. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandError) return error.message;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  if (error instanceof UnavailableError) return `${error.dependency} is unavailable${cause}`;
  if (!isCoded(error)) return error.message + cause;
  return `${error.message} (${[error.code, error.path].filter(Boolean).join(", ")})`;
}

export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[failureOf(error)].exitCode;
}

function failureOf(error: unknown): Failure {
  if (error instanceof CommandError) return error.failure;
  if (error instanceof ConfigError) return "usage";
  if (!isCoded(error)) return "failed";
  if (error.retryable) return "unavailable";
  if (error.code === "not_found") return "not_found";
  return LOCAL_CODES.has(error.code) ? "failed" : "refused";
}

function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && "code" in error && "retryable" in error;
}
