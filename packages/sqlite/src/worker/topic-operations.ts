import type { DatabaseSync } from "node:sqlite";
import type { DeadLetterCode } from "@dumbwaiter/core";

export interface DeadLetterRow {
  readonly code: DeadLetterCode;
  readonly reason: string;
  /** JSON. */
  readonly attributes: string;
  readonly data: Uint8Array;
}

/** Older requests are deleted. */
const MAX_PUSH_REQUESTS = 1000;

export function topicOperations(db: DatabaseSync) {
  const putLetter = db.prepare(
    "INSERT INTO dead_letter (put_at, code, reason, attributes, data) VALUES (?, ?, ?, ?, ?)",
  );
  const letters = db.prepare("SELECT code, reason, attributes, data FROM dead_letter ORDER BY seq");
  const expireLetters = db.prepare("DELETE FROM dead_letter WHERE put_at < ?");
  const putRequest = db.prepare("INSERT INTO push_request (request) VALUES (?)");
  const requests = db.prepare("SELECT request FROM push_request ORDER BY seq");
  const makeRoom = db.prepare(
    `DELETE FROM push_request WHERE seq <= (SELECT max(seq) FROM push_request) - ${MAX_PUSH_REQUESTS}`,
  );

  return {
    putDeadLetter({ code, reason, attributes, data }: DeadLetterRow, now: number): void {
      putLetter.run(now, code, reason, attributes, data);
    },

    listDeadLetters(): DeadLetterRow[] {
      return letters.all() as unknown as DeadLetterRow[];
    },

    clearExpiredDeadLetters(putBefore: number): void {
      expireLetters.run(putBefore);
    },

    /** @param pushRequests as JSON */
    putPushRequests(pushRequests: readonly string[]): void {
      for (const request of pushRequests) putRequest.run(request);
      makeRoom.run();
    },

    listPushRequests(): string[] {
      return requests.all().map(({ request }) => String(request));
    },
  };
}
