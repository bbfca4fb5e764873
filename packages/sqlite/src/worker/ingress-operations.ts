import type { DatabaseSync } from "node:sqlite";
import { MAX_DELIVERY_ATTEMPTS } from "@dumbwaiter/core";
import type { DeadLetterRow } from "./topic-operations.ts";

/** What counts as a large record. */
export const LARGE_RECORD_BYTES = 64 * 1024;

interface LeaseRequest {
  /** Records that were given back; they come first. */
  readonly again: readonly number[];
  /** This process has never handed out a record after this one. */
  readonly after: number;
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly now: number;
}

export interface StoredRecord {
  readonly seq: number;
  readonly publishedAt: number;
  /** JSON. */
  readonly attributes: string;
  readonly data: Uint8Array;
}

interface IngressRow extends StoredRecord {
  readonly attempts: number;
}

export interface Lease {
  readonly records: readonly StoredRecord[];
  /** The attempts counted for each record, this one included. */
  readonly attempts: readonly number[];
  /** What need not be requested again: these records, and those that no longer exist. */
  readonly taken: readonly number[];
  /** Whether there are more records than the request allowed. */
  readonly more: boolean;
}

export function ingressOperations(
  db: DatabaseSync,
  putDeadLetter: (letter: DeadLetterRow, now: number) => void,
) {
  const insert = db.prepare(
    "INSERT INTO ingress (published_at, attributes, data, attempts) VALUES (?, ?, ?, ?)",
  );
  const columns = "seq, attempts, published_at AS publishedAt, attributes, data";
  const one = db.prepare(`SELECT ${columns} FROM ingress WHERE seq = ?`);
  const next = db.prepare(`SELECT ${columns} FROM ingress WHERE seq > ? ORDER BY seq`);
  const count = db.prepare("UPDATE ingress SET attempts = attempts + 1 WHERE seq = ?");
  const deleteOne = db.prepare("DELETE FROM ingress WHERE seq = ?");
  /** The sizes of the large records that this process has published, by number. */
  const large = new Map<number, number>();
  let largeBytes = 0;

  /** An insert that was undone leaves a size; the next record takes its number. */
  function setSize(seq: number, bytes: number): void {
    largeBytes += bytes - (large.get(seq) ?? 0);
    if (bytes > 0) large.set(seq, bytes);
    else large.delete(seq);
  }

  function remove(seq: number): void {
    deleteOne.run(seq);
    setSize(seq, 0);
  }

  function* candidates({ again, after }: LeaseRequest): Generator<IngressRow | number> {
    for (const seq of again) yield (one.get(seq) as unknown as IngressRow | undefined) ?? seq;
    yield* next.iterate(after) as Iterable<unknown> as Iterable<IngressRow>;
  }

  return {
    /**
     * @param attempts 1 to count the first attempt now, so that the record need not be read before it is handed out
     * @returns its number
     */
    publishIngress(data: Uint8Array, attributes: string, publishedAt: number, attempts = 0): number {
      const seq = Number(insert.run(publishedAt, attributes, data, attempts).lastInsertRowid);
      setSize(seq, data.length > LARGE_RECORD_BYTES ? data.length : 0);
      return seq;
    },

    /** Bytes of the large records that were published and not yet processed. */
    largeIngressBytes(): number {
      return largeBytes;
    },

    /** Counts the attempt before the record is handed out, so that it counts even if the consumer dies. */
    leaseIngress(request: LeaseRequest): Lease {
      const rows: IngressRow[] = [];
      const exhausted: IngressRow[] = [];
      const gone: number[] = [];
      let bytes = 0;
      let more = false;
      for (const row of candidates(request)) {
        if (typeof row === "number") gone.push(row);
        else if (row.attempts >= MAX_DELIVERY_ATTEMPTS) exhausted.push(row);
        else if (
          rows.length === request.maxMessages ||
          (rows.length > 0 && bytes + row.data.length > request.maxBytes)
        ) {
          more = true;
          break;
        } else {
          bytes += row.data.length;
          rows.push(row);
        }
      }
      for (const { seq } of rows) count.run(seq);
      for (const { seq, attributes, data } of exhausted) {
        const reason = `not acknowledged after ${MAX_DELIVERY_ATTEMPTS} attempts`;
        putDeadLetter({ code: "attempts_exhausted", reason, attributes, data }, request.now);
        remove(seq);
      }
      return {
        records: rows.map(({ attempts: _, ...record }) => record),
        attempts: rows.map(({ attempts }) => attempts + 1),
        taken: [...rows, ...exhausted].map(({ seq }) => seq).concat(gone),
        more,
      };
    },

    ackIngress(seqs: readonly number[]): void {
      for (const seq of seqs) remove(seq);
    },
  };
}
