import type { WireUser } from "@dumbwaiter/wire-user";
import type { Recipients } from "./recipients.ts";
import { SendError, type Sender } from "./sender.ts";

export interface TrafficReport {
  /** In milliseconds, from the request to its answer. */
  readonly answered: number[];
  /** From the request to the recipient's socket. */
  readonly delivered: number[];
  /** Sends that met a limit. */
  readonly refused: number;
}

/** Sends at a steady rate without waiting for answers, as independent senders would, to each recipient in turn. */
export async function steadyTraffic(
  senders: readonly Sender[],
  recipients: Recipients,
  ratePerSecond: number,
  seconds: number,
): Promise<TrafficReport> {
  const answered: number[] = [];
  const delivered: number[] = [];
  let refused = 0;
  const sends: Promise<void>[] = [];
  const sendOne = async (index: number) => {
    const startedAt = performance.now();
    const sender = senders[index % senders.length] as Sender;
    const id = await acceptedId(sender.send(recipients.users[index % recipients.users.length] as WireUser));
    if (id === undefined) {
      refused += 1;
      return;
    }
    answered.push(performance.now() - startedAt);
    await recipients.acknowledged(id);
    delivered.push((recipients.receivedAt.get(id) as number) - startedAt);
  };
  const count = ratePerSecond * seconds;
  const startedAt = performance.now();
  while (sends.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startedAt) / 1000) * ratePerSecond));
    while (sends.length < due) sends.push(sendOne(sends.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sends);
  return { answered, delivered, refused };
}

/** @returns undefined if a limit refuses the send */
async function acceptedId(send: Promise<string>): Promise<string | undefined> {
  try {
    return await send;
  } catch (error) {
    if (error instanceof SendError && error.status === 429) return undefined;
    throw error;
  }
}
