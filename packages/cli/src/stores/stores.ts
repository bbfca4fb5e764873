import type { DeadLetterCode, Device, MessageCopies, MessageId, UserId } from "@dumbwaiter/core";
import type { Env } from "@dumbwaiter/service/settings";

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

/** The embedded process's default. */
const DEFAULT_DATA_DIR = "./data";

/**
 * Opens a data directory of the embedded process if one is given or no Google Cloud project is, else Google's stores.
 *
 * @throws ConfigError if a variable is invalid; CommandError if there is nothing to open
 */
export async function openStores(dataDir: string | undefined, env: Env): Promise<Stores> {
  const directory = dataDir ?? (env.DATA_DIR || undefined);
  if (directory === undefined && env.GOOGLE_CLOUD_PROJECT) {
    // Loads Google's clients, which take longer than any other command.
    const { openGoogleStores } = await import("./google-stores.ts");
    return openGoogleStores(env);
  }
  const { openSqliteStores } = await import("./sqlite-stores.ts");
  return openSqliteStores(directory ?? DEFAULT_DATA_DIR, directory === undefined);
}
