import { ACCESS_KEY_FORM, InvalidRequestError, parseAccessKey } from "@dumbwaiter/core";
import type { RealtimeContext } from "../context.ts";
import type { AnonymousSession } from "../session/anonymous-session.ts";
import type { RequestHandler, RequestHandlers } from "./requests.ts";
import { createSendHandler, takeTurn } from "./send-handler.ts";

/** The requests over an anonymous socket: nobody knows whose messages it could read or acknowledge. */
export function createAnonymousHandlers(context: RealtimeContext): RequestHandlers<AnonymousSession> {
  const { anonymousPaces } = context;
  const send = createSendHandler<AnonymousSession>(context, async (session, envelope, text) => {
    if (text === undefined) throw invalidAccessKey("is required");
    const accessKey = parseAccessKey(text);
    if (accessKey === undefined) throw invalidAccessKey(ACCESS_KEY_FORM);
    const { network } = session;
    await takeTurn(anonymousPaces.of(network), envelope.bytes.length, session);
    return { accessKey, network };
  });
  return {
    async send(session, args, log) {
      const answer = await send(session, args, log);
      session.accepted();
      return answer;
    },
    ack: refuse,
    pull: refuse,
    auth: refuse,
  };
}

const refuse: RequestHandler<unknown> = async () => {
  throw new InvalidRequestError("invalid_request", "An anonymous socket may only send");
};

function invalidAccessKey(reason: string): InvalidRequestError {
  return new InvalidRequestError("invalid_request", `accessKey: ${reason}`, "accessKey");
}
