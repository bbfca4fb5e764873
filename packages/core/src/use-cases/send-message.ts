import type { SealedEnvelope } from "../model/envelope.ts";
import { DumbwaiterError } from "../model/errors.ts";
import { toIngressRecord } from "../model/ingress-record.ts";
import { derivedMessageId, type MessageId, newMessageId } from "../model/message-id.ts";
import { type AnonymousSender, isAnonymous, type Sender } from "../model/sender.ts";
import type { UserId } from "../model/user.ts";
import type { AccessKeys } from "../ports/access-keys.ts";
import type { Clock } from "../ports/clock.ts";
import type { IngressPublisher } from "../ports/ingress.ts";
import type { Limits } from "../ports/limits.ts";
import { createAccessKeyCheck } from "./check-access-key.ts";

interface SendMessageDependencies {
  readonly ingress: IngressPublisher;
  readonly accessKeys: Pick<AccessKeys, "lookup">;
  readonly limits: Pick<Limits, "admitSend" | "admitAnonymous" | "admitRefusedKey" | "releasePlace">;
  readonly clock: Clock;
  readonly maxEnvelopeBytes: number;
}

interface SendOptions {
  readonly idempotencyKey?: string | undefined;
  /** Called with the id before limits or the ingress may refuse the message: for its log line and its trace. */
  readonly onId?: ((id: MessageId) => void) | undefined;
  /**
   * Called for a sender whom nobody knows, and whose access key is right. Resolves when it is time for a message of this
   * size; if it throws, the message is not accepted.
   */
  readonly paceAnonymous?: ((bytes: number) => Promise<void>) | undefined;
}

/**
 * Accepts an envelope from a sender, who is forgotten once the limits are checked. A sender whom nobody knows needs the
 * recipient's access key.
 */
export type SendMessage = (
  sender: Sender,
  envelope: SealedEnvelope,
  options?: SendOptions,
) => Promise<MessageId>;

/**
 * The only way in, for HTTP and sockets alike, and for senders known and unknown; one for each process. The function it
 * returns resolves once the message is durable, and throws DumbwaiterError `too_large` or `access_key_refused`,
 * InvalidRequestError `invalid_idempotency_key`, RateLimitedError or UnavailableError.
 */
export function createSendMessage(dependencies: SendMessageDependencies): SendMessage {
  const { ingress, limits, clock, maxEnvelopeBytes } = dependencies;
  const checkAccessKey = createAccessKeyCheck(dependencies);

  /** A key that is refused counts as such, and as a send: otherwise trying keys would cost reads that nothing bounds. */
  async function admitAccessKey(recipient: UserId, { accessKey, network }: AnonymousSender): Promise<void> {
    await limits.admitAnonymous(network, "send");
    try {
      await checkAccessKey(recipient, accessKey);
    } catch (error) {
      if (isRefusedKey(error)) await limits.admitRefusedKey(network);
      throw error;
    }
  }

  return async (sender, envelope, { idempotencyKey, onId, paceAnonymous } = {}) => {
    const bytes = envelope.bytes.length;
    if (bytes > maxEnvelopeBytes) {
      throw new DumbwaiterError("too_large", `The envelope exceeds the limit of ${maxEnvelopeBytes} bytes`);
    }
    const now = clock.now();
    const id =
      idempotencyKey === undefined
        ? newMessageId(now)
        : derivedMessageId(sender, envelope, idempotencyKey, now);
    onId?.(id);
    const { recipient, ephemeral } = envelope;
    const attempt = { sender, recipient, bytes, ephemeral };
    if (isAnonymous(sender)) {
      await admitAccessKey(recipient, sender);
      await paceAnonymous?.(bytes);
    }
    await limits.admitSend(attempt);
    try {
      await ingress.publish(toIngressRecord({ ...envelope, id, acceptedAt: clock.now() }));
    } catch (error) {
      // Otherwise the retries of an outage would fill the queue that they never reach.
      await limits.releasePlace(attempt);
      throw error;
    }
    return id;
  };
}

function isRefusedKey(error: unknown): boolean {
  return error instanceof DumbwaiterError && error.code === "access_key_refused";
}
