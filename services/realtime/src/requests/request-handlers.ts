import { acknowledgementSchema, actingDevice, DumbwaiterError, sealEnvelope } from "@dumbwaiter/core";
import { traceSend } from "@dumbwaiter/service";
import type { RealtimeContext } from "../context.ts";
import type { OpenSession } from "../session/open-session.ts";
import { parseArgument, pullSchema, sendOptionsSchema, tokenSchema } from "./request-schemas.ts";
import type { RequestHandlers } from "./requests.ts";

/** What clients may ask for over a socket. */
export function createRequestHandlers(context: RealtimeContext): RequestHandlers {
  const { queues, tokens, localDevices, pushThrottle, sendMessage, settings, metrics, logger } = context;
  const pulls = new WeakMap<OpenSession, Promise<unknown>>();

  return {
    async ack(session, [argument]) {
      const ids = [...new Set(parseArgument(acknowledgementSchema, argument).messageIds)];
      if (ids.length === 0) return {};
      await queues.delete(session.queue, ids);
      metrics.acked.inc(ids.length);
      for (const each of localDevices.sessionsOf(session.address)) {
        if (each.queue.queue === session.queue.queue) each.acked(ids);
      }
      return {};
    },

    /** One at a time and once there is room for it in the buffer: an answer may be as large as that. */
    async pull(session, [argument]) {
      const { limit } = parseArgument(pullSchema, argument);
      const turn = (pulls.get(session) ?? Promise.resolve()).then(async () => {
        await session.connection.whenBufferAtMost(settings.maxBufferedBytes / 2);
        return queues.page(session.queue, { limit, maxBytes: settings.maxBufferedBytes });
      });
      pulls.set(
        session,
        turn.catch(() => {}),
      );
      const { messages, hasMore } = await turn;
      pushThrottle
        .lift(session.address)
        .catch((err) => logger.warn({ err }, "lifting the push throttle failed"));
      return {
        messages: messages.map(({ id, envelope }) => ({
          id,
          envelope: JSON.parse(envelope.toString("utf8")),
        })),
        hasMore,
      };
    },

    async send(session, [argument, options], log) {
      const envelope = sealEnvelope(argument);
      const { idempotencyKey } = parseArgument(sendOptionsSchema, options);
      const id = await traceSend((traceparent) =>
        sendMessage(session.user, envelope, {
          idempotencyKey,
          traceparent,
          onId: (messageId) => {
            log.id = messageId;
          },
        }),
      );
      metrics.accepted.inc();
      return { id };
    },

    async auth(session, [argument]) {
      const principal = await tokens.verify(parseArgument(tokenSchema, argument).token);
      if (principal.user !== session.user) {
        throw new DumbwaiterError("device_mismatch", "The token belongs to another user");
      }
      actingDevice(principal, session.address.device);
      session.replaceToken(principal.expiresAt);
      return {};
    },
  };
}
