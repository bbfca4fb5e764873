import { DEFAULT_QUEUE, type MessageId, type UserId } from "@dumbwaiter/core";
import { failedLine, STEP_LINES } from "@dumbwaiter/service/message-lines";
import type { Letter, Stores } from "../stores/stores.ts";
import type { LoggedStep } from "./message-log.ts";
import { type QueueState, storedIn, withEnds } from "./queue-ends.ts";

export interface NamedMessage {
  readonly user: UserId;
  readonly id: MessageId;
}

/**
 * `queued` in one queue or more, and so not acknowledged there; `accepted`, and not yet processed; given up as a
 * `dead-letter`; `ended` in each queue that had it, or never in one, as the log tells; or `gone` from all that can be
 * read.
 */
export type MessageState = "queued" | "accepted" | "dead-letter" | "ended" | "gone";

export interface Whereabouts extends NamedMessage {
  readonly state: MessageState;
  readonly queues: readonly QueueState[];
  /** Undefined if it cannot be known. */
  readonly isOnIngress: boolean | undefined;
  /** Undefined if nobody looked, or could. */
  readonly letters: readonly Letter[] | undefined;
  /** Why the dead letters could not be read. */
  readonly lettersProblem?: string;
  /** Undefined if no log was read. */
  readonly steps?: readonly LoggedStep[] | undefined;
}

interface Options {
  /** Whether to look for letters if no queue has the message. */
  readonly deadLetters: boolean;
  /** Called before the letters are read. */
  readonly onLetters: () => void;
  /** What a log says about the message. */
  readonly steps?: readonly LoggedStep[] | undefined;
  readonly ttlMs: number;
}

/** @throws UnavailableError if the queues cannot be read */
export async function whereIs(
  stores: Stores,
  { user, id }: NamedMessage,
  options: Options,
): Promise<Whereabouts> {
  const { steps, ttlMs } = options;
  const queues = withEnds(await queuesOf(stores, { user, id }), steps ?? [], ttlMs);
  const isOnIngress = stores.isOnIngress(id);
  const isQueued = queues.some(({ storedAt }) => storedAt !== undefined);
  const found = { user, id, queues, isOnIngress, steps };
  const absent = hasEnded(queues, steps) ? "ended" : "gone";
  if (isQueued) return { ...found, state: "queued", letters: undefined };
  if (isOnIngress) return { ...found, state: "accepted", letters: undefined };
  if (!options.deadLetters) return { ...found, state: absent, letters: undefined };
  options.onLetters();
  const { letters, lettersProblem } = await lettersOf(stores, id);
  const problem = lettersProblem === undefined ? {} : { lettersProblem };
  return { ...found, state: letters?.length ? "dead-letter" : absent, letters, ...problem };
}

/** An ephemeral message is in no queue. */
function hasEnded(queues: readonly QueueState[], steps: readonly LoggedStep[] = []): boolean {
  const stored = storedIn(steps);
  if (stored === undefined) return steps.some(isEphemeralEnd);
  return stored.recipients.every(({ queue }) => queues.some((place) => place.queue === queue && place.end));
}

/** It was processed without being stored, or came too late for that. */
export function isEphemeralEnd({ message, code }: LoggedStep): boolean {
  return message === STEP_LINES.process || (message === failedLine("process") && code === "expired");
}

async function queuesOf(stores: Stores, { user, id }: NamedMessage): Promise<QueueState[]> {
  const devices = await stores.devicesOf(user);
  const owners = new Map(devices.map((device) => [device.queue, device.id]));
  // Of a user without devices, or whose first device has been removed.
  const queues = new Set([...owners.keys(), DEFAULT_QUEUE]);
  const copies = await stores.copies.find(user, id, [...queues]);
  const storedAt = new Map(copies.map((copy) => [copy.queue, copy.storedAt]));
  return [...queues]
    .map((queue) => ({ device: owners.get(queue), queue, storedAt: storedAt.get(queue) }))
    .filter(({ device, storedAt }) => device !== undefined || storedAt !== undefined || owners.size === 0);
}

async function lettersOf(stores: Stores, id: MessageId) {
  const letters: Letter[] = [];
  try {
    await stores.listLetters((letter) => {
      if (letter.messageId === id) letters.push(letter);
    });
    return { letters };
  } catch (error) {
    // Reading queues and reading dead letters take different rights.
    const { cause, message } = error as Error;
    return { letters: undefined, lettersProblem: cause instanceof Error ? cause.message : message };
  }
}
