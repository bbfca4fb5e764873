import type { DeviceId, MessageId, MessageQueues, QueueAddress } from "@dumbwaiter/core";
import type { HttpCall, MessageSteps } from "./message-steps.ts";

interface Acknowledging {
  readonly device: DeviceId;
  readonly http?: HttpCall;
  /** Whether the queue has surely had the message, and need not be asked. */
  readonly wasSent?: (id: MessageId) => boolean;
}

/**
 * The queues of a device that acknowledges. A client can name any message: it is told only of those that its queue has,
 * so that nobody can make another's message look acknowledged.
 */
export function followAcks(
  queues: Pick<MessageQueues, "delete" | "stillQueued">,
  steps: MessageSteps,
  { device, http, wasSent = () => false }: Acknowledging,
): Pick<MessageQueues, "delete"> {
  async function had(address: QueueAddress, ids: readonly MessageId[]): Promise<readonly MessageId[]> {
    const followed = ids.filter((id) => steps.follows(id));
    const unsure = followed.filter((id) => !wasSent(id));
    if (unsure.length === 0) return followed;
    // Who cannot be told loses no acknowledgement.
    const queued = await queues.stillQueued(address, unsure).catch(() => new Set<MessageId>());
    return followed.filter((id) => queued.has(id) || wasSent(id));
  }

  return {
    async delete(address, ids) {
      const since = performance.now();
      const acked = await had(address, ids);
      await queues.delete(address, ids);
      for (const id of acked) steps.took("ack", id, { since, ...(http && { http }), log: { device } });
    },
  };
}
