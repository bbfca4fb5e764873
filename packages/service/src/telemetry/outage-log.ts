import type { Logger } from "./logger.ts";

/** Writes a line when an outage begins, and one when it ends: both with what is away, why, and the second how long. */
export class OutageLog {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #outages = new Map<string, { readonly since: number; readonly line: object }>();

  /** @param now monotonic, in milliseconds */
  constructor(logger: Logger, now: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /** @param fields say what is away, for both lines */
  begin(key: string, fields: object, error: unknown, message = "dependency unavailable"): void {
    const line = { ...fields, code: codeOf(error), err: error };
    this.#outages.set(key, { since: this.#now(), line });
    this.#logger.warn(line, message);
  }

  /** Nothing if no outage has begun. */
  end(key: string): void {
    const outage = this.#outages.get(key);
    if (outage === undefined) return;
    this.#outages.delete(key);
    const seconds = Math.round((this.#now() - outage.since) / 100) / 10;
    this.#logger.info({ ...outage.line, seconds }, "dependency recovered");
  }
}

/** gRPC's errors have a number for a code, and its name in their message. */
const GRPC_MESSAGE = /^\d+ ([A-Z_]+):/;

/** The code of the innermost cause that has one, such as `ECONNREFUSED` or `PERMISSION_DENIED`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, message } = error as NodeJS.ErrnoException;
  const own = typeof code === "number" ? (GRPC_MESSAGE.exec(message)?.[1] ?? String(code)) : code;
  return codeOf(error.cause) ?? own;
}
