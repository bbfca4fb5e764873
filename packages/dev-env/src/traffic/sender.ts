import { setTimeout as sleep } from "node:timers/promises";
import type { WireUser } from "@dumbwaiter/wire-user";
import { v7 as uuidv7 } from "uuid";

const REQUEST_TIMEOUT_MS = 15_000;
const RETRY_MS = 250;

/**
 * Sends with one Idempotency-Key, to one api after the other, until the answer is 202. Retries after a connection error,
 * a timeout, a 429 and a 5xx.
 *
 * @returns the message's id, or undefined when the signal aborted first
 * @throws when an api refuses a valid request
 */
export async function sendUntilAccepted(
  sender: WireUser,
  envelope: unknown,
  apis: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const headers = {
    Authorization: `Bearer ${await sender.token()}`,
    "Content-Type": "application/json",
    "Idempotency-Key": uuidv7(),
  };
  const body = JSON.stringify(envelope);
  const first = Math.floor(Math.random() * apis.length);
  for (let attempt = 0; !signal.aborted; attempt++) {
    const api = apis[(first + attempt) % apis.length];
    try {
      const response = await fetch(`${api}/api/send`, {
        method: "POST",
        headers,
        body,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const answer = await response.text();
      if (response.status === 202) return (JSON.parse(answer) as { id: string }).id;
      if (response.status !== 429 && response.status < 500)
        throw new UnexpectedAnswer(response.status, answer);
    } catch (error) {
      if (error instanceof UnexpectedAnswer) throw error;
    }
    await sleep(RETRY_MS);
  }
  return undefined;
}

class UnexpectedAnswer extends Error {
  constructor(status: number, body: string) {
    super(`A send was answered ${status}: ${body}`);
  }
}
