import {
  chunksOf,
  type MessageId,
  type QueueAddress,
  type StoreOutcome,
  type StoreRequest,
  tooLargeToStore,
  type UserId,
} from "@dumbwaiter/core";
import { type ServiceError, status } from "@grpc/grpc-js";
import { REQUEST_TIME } from "./firestore-client.ts";
import { type FirestoreDatabase, MAX_WRITES, type Timestamp, type Write } from "./firestore-database.ts";

/** Firestore takes 10 MiB in a commit; its emulator, 4 MiB. One call has no more under way, however many devices. */
const MAX_BYTES = 3.5 * 1024 * 1024;

/** A generous estimate of what names and framing add to one write. */
const OVERHEAD_BYTES = 600;

const EXPECTED = [status.INVALID_ARGUMENT, status.ALREADY_EXISTS];

/** Some of the documents, or the part of an index that they are in, get more writes than Firestore takes. */
const CONTENTION = [status.ABORTED, status.RESOURCE_EXHAUSTED];

/** By user, at once. */
const MAX_COMMITS = 16;

const STORED_NOW = [{ fieldPath: "storedAt", setToServerValue: REQUEST_TIME }];
const IS_NEW = { exists: false };

/** A message in one of its queues. */
interface Copy {
  /** Of its message among the requests. */
  readonly index: number;
  readonly user: UserId;
  readonly name: string;
  readonly write: Write;
  readonly bytes: number;
}

/**
 * Stores messages in as few commits as possible; the copies of one may be in several. A commit that Firestore refuses
 * as invalid is halved until only the messages that it does not take are refused. A write creates its document, so
 * that a message that is stored again keeps its place: only then does a commit fail, and is repeated without the
 * documents that exist. A commit for several users that meets contention is made again by user, so that one who gets
 * too much does not hold up the others.
 *
 * @returns one outcome per message, in order
 * @throws UnavailableError, also when Firestore refuses all commits, whatever they write
 */
export async function storeMessages(
  database: FirestoreDatabase,
  requests: readonly StoreRequest[],
  nameOf: (address: QueueAddress, id: MessageId) => string,
  expireAt: Timestamp,
): Promise<StoreOutcome[]> {
  const outcomes: StoreOutcome[] = requests.map(() => "stored");
  const copies = new Map<string, Copy>();
  const expires = { timestampValue: expireAt };
  let refused = false;
  requests.forEach(({ id, envelope, queues }, index) => {
    // Checked here, because a far larger envelope would break the connection rather than be refused.
    const refusal = tooLargeToStore(envelope);
    if (refusal) {
      outcomes[index] = refusal;
      return;
    }
    const fields = { envelope: { bytesValue: envelope }, expireAt: expires };
    for (const address of queues) {
      const name = nameOf(address, id);
      const write = {
        update: { name, fields },
        updateTransforms: STORED_NOW,
        currentDocument: IS_NEW,
      };
      // A document that is created twice in one commit would be refused.
      copies.set(name, { index, user: address.user, name, write, bytes: envelope.length + OVERHEAD_BYTES });
    }
  });

  async function commit(batch: readonly Copy[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const isMixed = batch.some(({ user }) => user !== first.user);
    try {
      const writes = batch.map(({ write }) => write);
      await database.commit(writes, isMixed ? [...EXPECTED, ...CONTENTION] : EXPECTED);
    } catch (error) {
      const { code, details } = error as ServiceError;
      if (isMixed && CONTENTION.includes(code)) return commitByUser(batch);
      if (code === status.ALREADY_EXISTS) return commit(await missing(batch));
      if (code !== status.INVALID_ARGUMENT) throw error;
      if (batch.every(({ index }) => index === first.index)) {
        outcomes[first.index] = { refused: details };
        refused = true;
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await Promise.all([commit(batch.slice(0, middle)), commit(batch.slice(middle))]);
    }
  }

  async function commitByUser(batch: readonly Copy[]): Promise<void> {
    const users = [...Map.groupBy(batch, ({ user }) => user).values()];
    for (const some of chunksOf(users, MAX_COMMITS, () => 1)) await Promise.all(some.map(commit));
  }

  async function missing(batch: readonly Copy[]): Promise<Copy[]> {
    const found = await database.getFields(
      batch.map(({ name }) => name),
      ["storedAt"],
    );
    const existing = new Set(found.map(({ name }) => name));
    return batch.filter(({ name }) => !existing.has(name));
  }

  for (const chunk of chunksOf([...copies.values()], MAX_BYTES, ({ bytes }) => bytes)) {
    await Promise.all(chunksOf(chunk, MAX_WRITES, () => 1).map(commit));
  }
  if (refused) await database.commit([]);
  return outcomes;
}
