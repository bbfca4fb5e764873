import type { Brand } from "../model/brand.ts";
import type { QueueAddress } from "../model/device.ts";
import type { MessageId } from "../model/message-id.ts";
import type { StoredMessage } from "../model/message-json.ts";

/** A message and the queues it goes to, at least one. */
export interface StoreRequest extends StoredMessage {
  readonly queues: readonly QueueAddress[];
}

/** `refused`, with the reason, when no retry can store the message. */
export type StoreOutcome = "stored" | { readonly refused: string };

/**
 * No store accepts a larger envelope: a Firestore document holds 1 MiB with its other fields, and what Firestore refuses
 * must not work on SQLite. The setting `MAX_ENVELOPE_BYTES` limits what the router accepts to less.
 */
const STORE_LIMIT_BYTES = 1024 * 1024 - 4096;

/** @returns why no store accepts the envelope, or undefined when it is small enough */
export function tooLargeToStore(envelope: Uint8Array): { readonly refused: string } | undefined {
  if (envelope.length <= STORE_LIMIT_BYTES) return undefined;
  return { refused: `the envelope exceeds ${STORE_LIMIT_BYTES} bytes` };
}

/** A place in a queue: an opaque string, valid for as long as the queue exists, even if its message is deleted. */
export type Cursor = Brand<"Cursor">;

/** A moment of a store by its own reckoning, which only that store can compare with the moments of its messages. */
export type StoreMoment = Brand<"StoreMoment">;

export interface PageRequest {
  /** Messages, at least 1. */
  readonly limit: number;
  /** Stops before the message that would exceed this many bytes of envelopes, but never before the first. */
  readonly maxBytes: number;
  /** Only what was stored after this place. */
  readonly after?: Cursor | undefined;
  /** Whether the reader has gone. Reads that wait for their turn ask it when the turn comes, and give {@link NO_PAGE}. */
  readonly isGone?: () => boolean;
}

/** A message as its queue has it. */
export interface QueuedMessage extends StoredMessage {
  /** Milliseconds since the epoch, by the store's clock. */
  readonly storedAt: number;
}

export interface MessagePage {
  /** The caller's own: it may take them out as it is done with them. */
  readonly messages: QueuedMessage[];
  /** Whether the queue held more at the time of reading. */
  readonly hasMore: boolean;
  /** The place of the last message; absent when there is none. */
  readonly cursor?: Cursor;
}

/** In place of a page that was not read, because its reader had gone: one for all, and empty. */
export const NO_PAGE: MessagePage = { messages: [], hasMore: false };

/**
 * The durable lists of messages. Messages are in the order in which they were stored, and by id if stored at once or
 * in the same millisecond: a page that is read after a store has resolved holds what it stored, after everything that
 * was stored in an earlier one. Expired messages are never returned.
 */
export interface MessageQueues {
  /**
   * Stores each message in each of its queues. Resolves once all that was not refused is durable, with one outcome
   * per message, in order. A message that is stored again keeps its place, and there is one copy of it. Of a message
   * that is refused, and of all if this throws, some copies may be stored.
   *
   * @throws UnavailableError when the outcome is unknown: retry the same request
   */
  store(requests: readonly StoreRequest[]): Promise<StoreOutcome[]>;
  /** Reads the oldest messages; strongly consistent. @throws UnavailableError */
  page(address: QueueAddress, request: PageRequest): Promise<MessagePage>;
  /** Reads one message, if the queue still holds it; strongly consistent. @throws UnavailableError */
  find(address: QueueAddress, id: MessageId): Promise<StoredMessage | undefined>;
  /** Resolves once the deletion is durable; unknown ids are ignored. @throws UnavailableError */
  delete(address: QueueAddress, ids: readonly MessageId[]): Promise<void>;
  /** @returns the ids that the queue still holds. @throws UnavailableError */
  stillQueued(address: QueueAddress, ids: readonly MessageId[]): Promise<Set<MessageId>>;
  /**
   * Deletes a queue's messages, only those stored before `before` if it is given. Those stored at about that moment, or
   * meanwhile, may remain until they expire.
   *
   * @throws UnavailableError
   */
  purge(address: QueueAddress, before?: StoreMoment): Promise<void>;
}
