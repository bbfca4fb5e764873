import { type MessageId, type SealedEnvelope, type Sender, sealEnvelope } from "@dumbwaiter/core";
import { followSend, sendOptionsSchema } from "@dumbwaiter/service";
import type { RealtimeContext } from "../context.ts";
import type { Pace } from "../node/pace.ts";
import type { OpenSocket } from "../session/open-socket.ts";
import { parseArgument } from "./parse-argument.ts";
import { type RequestHandler, SocketClosedError } from "./requests.ts";

/** @throws SocketClosedError if the socket closes before it is time for so many bytes */
export async function takeTurn(pace: Pace, bytes: number, { connection }: Pick<OpenSocket, "connection">) {
  if (!(await pace.take(bytes, () => !connection.isOpen))) throw new SocketClosedError();
}

/**
 * The request `send`, whoever sends.
 *
 * @param admit resolves to the sender when it is time for this message of the session
 */
export function createSendHandler<Session extends Pick<OpenSocket, "connection">>(
  {
    metrics,
    sendMessage,
    steps,
    anonymousPaces,
  }: Pick<RealtimeContext, "metrics" | "sendMessage" | "steps" | "anonymousPaces">,
  admit: (session: Session, envelope: SealedEnvelope, accessKey: string | undefined) => Promise<Sender>,
): RequestHandler<Session> {
  return async (session, [argument, options], log) => {
    const envelope = sealEnvelope(argument);
    const { idempotencyKey, accessKey } = parseArgument(sendOptionsSchema, options ?? {});
    const sender = await admit(session, envelope, accessKey);
    const send = (onId: (id: MessageId) => void) =>
      sendMessage(sender, envelope, {
        idempotencyKey,
        paceAnonymous: (bytes) => takeTurn(anonymousPaces.all, bytes, session),
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
