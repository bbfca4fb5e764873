import type { QueueId } from "../model/device.ts";
import type { MessageId } from "../model/message-id.ts";
import type { UserId } from "../model/user.ts";

/** What a queue holds of a message, without the envelope. */
export interface MessageCopy {
  readonly queue: QueueId;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
}

/** Finds a message for the people who run the router. Reads only. */
export interface MessageCopies {
  /**
   * The copies in these queues of the user, one for each queue that holds the message; strongly consistent. What has
   * expired is returned until the store deletes it.
   *
   * @throws UnavailableError
   */
  find(user: UserId, id: MessageId, queues: readonly QueueId[]): Promise<MessageCopy[]>;
}
