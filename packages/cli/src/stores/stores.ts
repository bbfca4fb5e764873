import type { DeadLetterCode, Device, MessageCopies, MessageId, UserId } from "@dumbwaiter/core";

/** A dead letter, without the record's data. */
export interface Letter {
  readonly letterId: string;
  /** Milliseconds since the epoch. */
  readonly givenUpAt: number;
  readonly code: DeadLetterCode;
  /** From an attribute of the record, which anyone may have written. */
  readonly messageId: string | undefined;
  readonly reason: string;
}

/** What a router stores, for the people who run it. Only `replay` changes anything. */
export interface Stores {
  /** In order of ID. */
  devicesOf(user: UserId): Promise<readonly Device[]>;
  readonly copies: MessageCopies;
  /** Whether the message waits on the ingress; undefined where reading it would consume it. */
  isOnIngress(id: MessageId): boolean | undefined;
  /** Shows each letter once. */
  listLetters(show: (letter: Letter) => void): Promise<void>;
  /** Puts the records of chosen letters back on the ingress. @returns how many */
  replay(isChosen: (letter: Letter) => boolean): Promise<number>;
  close(): Promise<void>;
}
