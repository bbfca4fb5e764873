import { rm } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import type { DeadLetter, Device, MessageCopies, MessageCopy, MessageId, UserId } from "@dumbwaiter/core";
import { copyDatabase } from "./copy-database.ts";
import { deviceOperations } from "./worker/device-operations.ts";
import { openDatabase } from "./worker/open-database.ts";

/** A dead letter without the record's data. */
export interface LetterNote extends Omit<DeadLetter, "record"> {
  /** The letter's number. */
  readonly letterId: string;
  /** When it was given up on, in milliseconds since the epoch. */
  readonly givenUpAt: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a data directory holds at one moment, for people to look at. */
export interface SqliteSnapshot {
  /** In order of ID. */
  devicesOf(user: UserId): Device[];
  readonly copies: MessageCopies;
  /** The attempts counted for the message's record, if the ingress still has it. */
  ingressAttemptsOf(id: MessageId): number | undefined;
  /** Oldest first. */
  deadLetters(): LetterNote[];
  close(): Promise<void>;
}

/**
 * Reads a copy of the database, so that the process that it belongs to may be running.
 *
 * @param signal ends the copying, and leaves no copy
 * @throws Error with a message for people, when there is no database, or one of a newer version; the signal's reason
 */
export async function openSqliteSnapshot(dataDir: string, signal?: AbortSignal): Promise<SqliteSnapshot> {
  const directory = await copyDatabase(dataDir, signal);
  const db = await openCopy(directory, dataDir);
  const devices = deviceOperations(db);
  const copies = db.prepare("SELECT queue, stored_at AS storedAt FROM message WHERE user = ? AND id = ?");
  const ingress = db.prepare("SELECT attempts FROM ingress WHERE attributes ->> 'id' = ?");
  const letters = db.prepare(
    "SELECT seq, put_at AS givenUpAt, code, reason, attributes FROM dead_letter ORDER BY seq",
  );

  return {
    devicesOf: (user) => devices.lookupDevices([user]).get(user) ?? [],
    copies: {
      async find(user, id, queues) {
        const found = copies.all(user, id) as unknown as MessageCopy[];
        return found.filter(({ queue }) => queues.includes(queue));
      },
    },
    ingressAttemptsOf: (id) => ingress.get(id)?.attempts as number | undefined,
    deadLetters() {
      return letters.all().map(({ seq, attributes, ...letter }) => {
        const note = { letterId: String(seq), attributes: JSON.parse(String(attributes)) };
        return { ...letter, ...note } as LetterNote;
      });
    },
    async close() {
      db.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openCopy(directory: string, dataDir: string): Promise<DatabaseSync> {
  try {
    return openDatabase(directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw new Error((error as Error).message.replace(directory, dataDir), { cause: error });
  }
}
