import { pause, retryDelayMs } from "../backoff.ts";
import { reactionTo } from "../codes.ts";
import { asError, type DumbwaiterError } from "../error.ts";
import { type TokenSource, usableMs } from "../token-source.ts";
import type { SocketConnection } from "./socket-connection.ts";

/** Between two refreshes, whatever the tokens say. */
const MIN_INTERVAL_MS = 1_000;

interface RefreshOptions {
  readonly connection: Pick<SocketConnection, "request" | "close">;
  readonly tokens: TokenSource;
  /** With which the connection was opened. */
  readonly token: string;
  readonly signal: AbortSignal;
  failed(error: DumbwaiterError): void;
}

/**
 * Replaces the connection's token before it expires, until the signal aborts. If that fails for too long, the server
 * closes the connection.
 */
export async function refreshToken(options: RefreshOptions): Promise<void> {
  const { connection, tokens, signal, failed } = options;
  let { token } = options;
  for (let failures = 0; !signal.aborted; ) {
    const dueMs = usableMs(token);
    if (failures === 0 && dueMs === undefined) return;
    const delayMs = failures === 0 ? (dueMs ?? 0) : retryDelayMs(failures);
    await pause(Math.max(MIN_INTERVAL_MS, delayMs), signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const next = await tokens.fresh();
      await connection.request("auth", { token: next });
      token = next;
      failures = 0;
    } catch (thrown) {
      if (signal.aborted) return;
      const error = asError(thrown, "token_failed", "The token could not be replaced");
      // Another user's token, or none anymore: no connection is to go on with it.
      if (!error.retryable && reactionTo(error.code) !== "renew") return connection.close(error);
      failures++;
      failed(error);
    }
  }
}
