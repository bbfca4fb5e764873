import { type MessageId, type SealedEnvelope, type Sender, sealEnvelope } from "@dumbwaiter/core";
import { followSend, sendOptionsSchema } from "@dumbwaiter/service";
import type { RealtimeContext } from "../context.ts";
import { parseArgument } from "./parse-argument.ts";
import type { RequestHandler } from "./requests.ts";

/**
 * The request `send`, whoever sends.
 *
 * @param admit resolves to the sender when it is time for this message of the session
 */
export function createSendHandler<Session>(
  { metrics, sendMessage, steps }: Pick<RealtimeContext, "metrics" | "sendMessage" | "steps">,
  admit: (session: Session, envelope: SealedEnvelope, accessKey: string | undefined) => Promise<Sender>,
): RequestHandler<Session> {
  return async (session, [argument, options], log) => {
    const envelope = sealEnvelope(argument);
    const { idempotencyKey, accessKey } = parseArgument(sendOptionsSchema, options ?? {});
    const sender = await admit(session, envelope, accessKey);
    const send = (onId: (id: MessageId) => void) =>
      sendMessage(sender, envelope, {
        idempotencyKey,
        onId(id) {
          log.id = id;
          onId(id);
        },
      });
    const id = await followSend(steps, send);
    metrics.accepted.inc();
    return { id };
  };
}
