import {
  acknowledgeMessages,
  acknowledgementSchema,
  actingDevice,
  DumbwaiterError,
  InvalidRequestError,
  type MessageId,
  messagesJsonPieces,
  pullMessages,
} from "@dumbwaiter/core";
import { followAcks, pullRequestSchema, tokenSchema } from "@dumbwaiter/service";
import { TextPieces } from "../connection/text-pieces.ts";
import type { RealtimeContext } from "../context.ts";
import type { OpenSession } from "../session/open-session.ts";
import { parseArgument } from "./parse-argument.ts";
import { type RequestHandlers, SocketClosedError } from "./requests.ts";
import { createSendHandler, takeTurn } from "./send-handler.ts";

/** The requests that clients can make over a socket of a device. */
export function createRequestHandlers(context: RealtimeContext): RequestHandlers<OpenSession> {
  const { tokens, limits, localDevices, paces, settings, metrics, queues, steps } = context;
  const pulls = new WeakMap<OpenSession, Promise<unknown>>();

  return {
    async ack(session, [argument]) {
      const { messageIds } = parseArgument(acknowledgementSchema, argument);
      const { device } = session.address;
      const sessions = () =>
        localDevices.sessionsOf(session.address).filter(({ queue }) => queue.queue === session.queue.queue);
      const wasSent = (id: MessageId) => sessions().some((each) => each.isUnacked(id));
      const followed = { ...context, queues: followAcks(queues, steps, { device, wasSent }) };
      const acked = await acknowledgeMessages(followed, { ...session.address, ...session.queue }, messageIds);
      if (acked.length === 0) return {};
      metrics.acked.inc(acked.length);
      for (const each of sessions()) each.acked(acked);
      return {};
    },

    /** One at a time, once half of the buffer is free: a response may be as large as the buffer. */
    async pull(session, [argument]) {
      const since = performance.now();
      const { device } = session.address;
      const { limit } = parseArgument(pullRequestSchema, argument ?? {});
      const turn = (pulls.get(session) ?? Promise.resolve()).then(async () => {
        const { connection } = session;
        await connection.whenBufferAtMost(settings.maxBufferedBytes / 2);
        if (!connection.isOpen) throw new SocketClosedError();
        const isGone = () => !connection.isOpen;
        const request = { limit, maxBytes: settings.maxBufferedBytes, isGone };
        return pullMessages(context, { ...session.address, ...session.queue }, request);
      });
      pulls.set(
        session,
        turn.catch(() => {}),
      );
      const { messages, hasMore } = await turn;
      for (const { id } of messages) steps.took("pull", id, { since, log: { device } });
      // The envelopes are not parsed only to be written again.
      return new TextPieces([
        Buffer.from('"messages":['),
        ...messagesJsonPieces(messages),
        Buffer.from(`],"hasMore":${hasMore}`),
      ]);
    },

    send: createSendHandler(context, async (session, envelope, accessKey) => {
      if (accessKey !== undefined) {
        throw new InvalidRequestError(
          "invalid_request",
          "accessKey: only an anonymous socket takes it",
          "accessKey",
        );
      }
      const { user } = session;
      await takeTurn(paces.of(user), envelope.bytes.length, session);
      return { user };
    }),

    async auth(session, [argument]) {
      const replaceToken = session.beginTokenReplacement();
      await limits.admitCall(session.user, "handshake");
      const principal = await tokens.verify(parseArgument(tokenSchema, argument).token);
      if (principal.user !== session.user) {
        throw new DumbwaiterError("device_mismatch", "The token belongs to another user");
      }
      actingDevice(principal, session.address.device);
      replaceToken(principal.expiresAt);
      return {};
    },
  };
}
