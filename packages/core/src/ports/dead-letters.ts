import type { DeadLetterCode, IngressRecord } from "../model/ingress-record.ts";

/** A record that can never be processed, with its original attributes and the reason. */
export interface DeadLetter {
  readonly record: IngressRecord;
  readonly code: DeadLetterCode;
  /** For people; contains no payload. */
  readonly reason: string;
}

/** The dead-letter topic. */
export interface DeadLetters {
  /** Resolves once the letter is durable. @throws UnavailableError */
  put(letter: DeadLetter): Promise<void>;
}
