import { ERROR_CODES, type MessageId } from "@dumbwaiter/core";
import { asDumbwaiterError } from "../edge/client-error.ts";
import type { HttpCall, MessageSteps } from "./message-steps.ts";

/**
 * Sends a message, and tells how that went.
 *
 * @param send calls back with the ID as soon as it is known
 * @throws what `send` throws
 */
export async function followSend(
  steps: MessageSteps,
  send: (onId: (id: MessageId) => void) => Promise<MessageId>,
  http?: Omit<HttpCall, "status">,
): Promise<MessageId> {
  const since = performance.now();
  let id: MessageId | undefined;
  const call = (status: number) => (http === undefined ? {} : { http: { ...http, status } });
  try {
    const accepted = await send((known) => {
      id = known;
    });
    steps.took("send", accepted, { since, ...call(202) });
    return accepted;
  } catch (error) {
    const { code } = asDumbwaiterError(error);
    if (id !== undefined) steps.took("send", id, { since, error: code, ...call(ERROR_CODES[code].status) });
    throw error;
  }
}
