import {
  type MessageId,
  type QueueAddress,
  type StoreOutcome,
  type StoreRequest,
  tooLargeToStore,
} from "@dumbwaiter/core";
import { type ServiceError, status } from "@grpc/grpc-js";
import { type FirestoreDatabase, MAX_WRITES, type Timestamp, type Write } from "./firestore-database.ts";

/** Firestore takes 10 MiB in a commit; its emulator, 4 MiB. */
const MAX_BYTES = 3.5 * 1024 * 1024;

/** A generous estimate of what names and framing add to one write. */
const OVERHEAD_BYTES = 600;

interface Entry {
  readonly index: number;
  readonly writes: Write[];
  readonly bytes: number;
}

/**
 * Stores messages in as few commits as possible. A commit that Firestore refuses as invalid is halved until only the
 * messages that it does not take are refused.
 *
 * @returns one outcome per message, in order
 * @throws UnavailableError
 */
export async function storeMessages(
  database: FirestoreDatabase,
  requests: readonly StoreRequest[],
  nameOf: (address: QueueAddress, id: MessageId) => string,
  expireAt: Timestamp,
): Promise<StoreOutcome[]> {
  const outcomes: StoreOutcome[] = requests.map(() => "stored");
  const entries: Entry[] = [];
  requests.forEach(({ id, envelope, queues }, index) => {
    // Checked here, because a far larger envelope would break the connection rather than be refused.
    const refusal = tooLargeToStore(envelope);
    if (refusal) {
      outcomes[index] = refusal;
      return;
    }
    const fields = { envelope: { bytesValue: envelope }, expireAt: { timestampValue: expireAt } };
    const writes = queues.map((address) => ({
      update: { name: nameOf(address, id), fields },
      updateTransforms: [{ fieldPath: "storedAt", setToServerValue: "REQUEST_TIME" as const }],
    }));
    entries.push({ index, writes, bytes: writes.length * (envelope.length + OVERHEAD_BYTES) });
  });

  async function commit(batch: readonly Entry[]): Promise<void> {
    try {
      const writes = batch.flatMap((entry) => entry.writes);
      await database.commit(writes, [status.INVALID_ARGUMENT]);
    } catch (error) {
      const { code, details } = error as ServiceError;
      if (code !== status.INVALID_ARGUMENT) throw error;
      const [only] = batch;
      if (batch.length === 1 && only) {
        outcomes[only.index] = { refused: details };
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await Promise.all([commit(batch.slice(0, middle)), commit(batch.slice(middle))]);
    }
  }

  await Promise.all(batchesOf(entries).map(commit));
  return outcomes;
}

/** Keeps the copies of one message together: they are stored or refused as one. */
function batchesOf(entries: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let writes = 0;
  let bytes = 0;
  for (const entry of entries) {
    writes += entry.writes.length;
    bytes += entry.bytes;
    const last = batches.at(-1);
    if (last && writes <= MAX_WRITES && bytes <= MAX_BYTES) {
      last.push(entry);
    } else {
      batches.push([entry]);
      writes = entry.writes.length;
      bytes = entry.bytes;
    }
  }
  return batches;
}
