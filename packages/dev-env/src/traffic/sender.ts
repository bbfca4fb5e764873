import { setTimeout as sleep } from "node:timers/promises";
import { DumbwaiterError, type SecureEnvelope } from "@dumbwaiter/client";
import type { WireUser } from "@dumbwaiter/wire-user";
import { v7 as uuidv7 } from "uuid";

const RETRY_MS = 250;

/**
 * Sends with one Idempotency-Key, to one api after the other, until it is accepted. Goes on after every failure that the
 * SDK calls retryable.
 *
 * @returns the message's id, or undefined when the signal aborted first
 * @throws DumbwaiterError when an api refuses a valid request
 */
export async function sendUntilAccepted(
  sender: WireUser,
  envelope: SecureEnvelope,
  apis: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const idempotencyKey = uuidv7();
  const first = Math.floor(Math.random() * apis.length);
  for (let attempt = 0; !signal.aborted; attempt++) {
    const client = sender.httpClient(apis[(first + attempt) % apis.length]);
    try {
      // Without retries: they go to the next api.
      const { id } = await client.send(envelope, { idempotencyKey, signal, timeoutMs: 0 });
      return id;
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof DumbwaiterError && error.retryable)) throw error;
    }
    await sleep(RETRY_MS);
  }
  return undefined;
}
