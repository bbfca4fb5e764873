import { setTimeout } from "node:timers/promises";
import type { DeviceId, MessageId, MessageQueues, QueueAddress } from "@dumbwaiter/core";
import type { HttpCall, MessageSteps } from "./message-steps.ts";

/** A slower read is not waited for: acknowledgements come before what is told of them. */
const MAX_READ_MS = 250;

const NONE: ReadonlySet<MessageId> = new Set();

interface Acknowledging {
  readonly device: DeviceId;
  readonly http?: HttpCall;
  /** Whether the queue has surely had the message, and need not be asked. */
  readonly wasSent?: (id: MessageId) => boolean;
}

/**
 * The queues of a device that acknowledges. A client can name any message: it is told only of those that its queue has,
 * so that nobody can make another's message look acknowledged. Who cannot be told in time loses no acknowledgement.
 */
export function followAcks(
  queues: Pick<MessageQueues, "delete" | "stillQueued">,
  steps: MessageSteps,
  { device, http, wasSent = () => false }: Acknowledging,
): Pick<MessageQueues, "delete"> {
  async function had(address: QueueAddress, followed: readonly MessageId[]): Promise<readonly MessageId[]> {
    // Asked once: a session that closes meanwhile forgets what it has sent.
    const sure = new Set(followed.filter(wasSent));
    const unsure = followed.filter((id) => !sure.has(id));
    if (unsure.length === 0) return followed;
    const queued = await Promise.race([
      queues.stillQueued(address, unsure).catch(() => NONE),
      setTimeout(MAX_READ_MS, NONE, { ref: false }),
    ]);
    return followed.filter((id) => sure.has(id) || queued.has(id));
  }

  return {
    async delete(address, ids) {
      const followed = ids.filter((id) => steps.follows(id));
      if (followed.length === 0) return queues.delete(address, ids);
      const since = performance.now();
      const acked = await had(address, followed);
      await queues.delete(address, ids);
      for (const id of acked) steps.took("ack", id, { since, ...(http && { http }), log: { device } });
    },
  };
}
