import type {
  AccessKeys,
  Clock,
  DeviceId,
  DeviceRegistry,
  IngressConsumer,
  IngressPublisher,
  MessageQueues,
  UserId,
} from "@dumbwaiter/core";
import { SqliteAccessKeys } from "./sqlite-access-keys.ts";
import { openSqliteDatabase, type SqliteDatabaseSettings } from "./sqlite-database.ts";
import { SqliteDeadLetters } from "./sqlite-dead-letters.ts";
import { SqliteDeviceRegistry } from "./sqlite-device-registry.ts";
import { startSqliteExpiry } from "./sqlite-expiry.ts";
import type { IngressLimits } from "./sqlite-ingress-consumer.ts";
import { SqliteIngressDispatcher } from "./sqlite-ingress-dispatcher.ts";
import { SqliteIngressPublisher } from "./sqlite-ingress-publisher.ts";
import { SqliteMessageQueues } from "./sqlite-message-queues.ts";
import { SqlitePushRequests } from "./sqlite-push-requests.ts";

export interface SqliteStoreSettings extends SqliteDatabaseSettings {
  readonly clock: Clock;
  /** How long messages and dead letters are kept. */
  readonly messageTtlMs: number;
  /** Devices that one user may have. */
  readonly maxDevices: number;
  /** What `ingressConsumer` may hold; default 2,000 records or 64 MiB. */
  readonly ingressLimits?: IngressLimits | undefined;
  /** How often expired messages and letters are deleted; default 60,000. */
  readonly expiryIntervalMs?: number | undefined;
  /** Called with the number of expired messages that were deleted, counted per queue. */
  readonly onExpired?: ((messages: number) => void) | undefined;
}

/** All storage ports on one SQLite database. */
export interface SqliteStore {
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  readonly accessKeys: AccessKeys;
  readonly ingressPublisher: IngressPublisher;
  readonly ingressConsumer: IngressConsumer;
  /** One more consumer of the ingress; close it before the store. */
  createIngressConsumer(limits: IngressLimits): IngressConsumer;
  readonly deadLetters: SqliteDeadLetters;
  readonly pushRequests: SqlitePushRequests;
  /** Messages in the queue of each of a user's devices, counted up to 10,000; expired ones may be among them. */
  queueLengths(user: UserId): Promise<ReadonlyMap<DeviceId, number>>;
  /** Records in the ingress, counted up to 10,000. */
  ingressLength(): Promise<number>;
  /** The number of commits that have waited for the disk; many callers share one. */
  durableCommits(): number;
  /** Closes the ingress, finishes pending calls and releases the directory. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_INGRESS_LIMITS: IngressLimits = { maxMessages: 2000, maxBytes: 64 * 1024 * 1024 };
const DEFAULT_EXPIRY_INTERVAL_MS = 60_000;

/**
 * Opens the data directory, for this process alone.
 *
 * @throws Error with a message for people, when the directory is in use or cannot be read or written
 */
export async function openSqliteStore(settings: SqliteStoreSettings): Promise<SqliteStore> {
  const { clock, messageTtlMs, maxDevices } = settings;
  const database = await openSqliteDatabase(settings);
  const dispatcher = new SqliteIngressDispatcher(database, clock);
  const ingressPublisher = new SqliteIngressPublisher(database, clock, dispatcher);
  const ingressConsumer = dispatcher.createConsumer(settings.ingressLimits ?? DEFAULT_INGRESS_LIMITS);

  const stopExpiry = startSqliteExpiry(database, {
    clock,
    messageTtlMs,
    intervalMs: settings.expiryIntervalMs ?? DEFAULT_EXPIRY_INTERVAL_MS,
    onExpired: settings.onExpired ?? (() => {}),
  });

  return {
    queues: new SqliteMessageQueues(database, clock, messageTtlMs),
    devices: new SqliteDeviceRegistry(database, clock, maxDevices),
    accessKeys: new SqliteAccessKeys(database, clock),
    ingressPublisher,
    ingressConsumer,
    createIngressConsumer: (limits) => dispatcher.createConsumer(limits),
    deadLetters: new SqliteDeadLetters(database, clock),
    pushRequests: new SqlitePushRequests(database),
    queueLengths: (user) => database.call("queueLengths", user),
    ingressLength: () => database.call("ingressLength"),
    durableCommits: database.durableCommits,
    async close() {
      stopExpiry();
      await ingressPublisher.close();
      await ingressConsumer.close();
      await database.close();
    },
  };
}
