import { setTimeout as sleep } from "node:timers/promises";
import {
  type Device,
  type DeviceId,
  type PushTarget,
  type QueueId,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import { type ServiceError, status } from "@grpc/grpc-js";
import type { Document, FirestoreDatabase, StructuredQuery, Value, Write } from "./firestore-database.ts";
import { fieldsOf, idOf, mapValue, type Timestamp, timestamp, timestampMs } from "./firestore-values.ts";

type Devices = Map<DeviceId, Device>;

interface Change<T> {
  readonly result: T;
  readonly changed: boolean;
}

/** What a failed precondition looks like: the record was written since it was read. */
const CONFLICTS = [status.ABORTED, status.ALREADY_EXISTS, status.FAILED_PRECONDITION, status.NOT_FOUND];
const MAX_ATTEMPTS = 30;
const MAX_PAUSE_MS = 100;

const COLLECTION = "users";
/** Avoids ids that Firestore reserves. */
const PREFIX = "u:";
const SWEEP_PAGE = 200;

/**
 * The records `users/{u:<id>}`: a map `devices` of `{queue, push?, lastSeen}`, and their earliest `lastSeen` as
 * `oldestSeen`, so that a sweep reads only the users it concerns.
 */
export class FirestoreUserRecords {
  readonly #database: FirestoreDatabase;

  constructor(database: FirestoreDatabase) {
    this.#database = database;
  }

  async read(users: readonly UserId[]): Promise<Map<UserId, Devices>> {
    const names = new Set(users.map((user) => this.#nameOf(user)));
    const documents = await this.#database.get([...names]);
    return new Map(documents.map((document) => [userOf(document), devicesOf(document)]));
  }

  /**
   * A transaction on one record: what `change` does to the devices is written only if the record has not changed
   * meanwhile; otherwise `change` is called again with the new devices.
   */
  async change<T>(user: UserId, change: (devices: Devices) => Change<T>): Promise<T> {
    const name = this.#nameOf(user);
    for (let attempt = 1; ; attempt += 1) {
      const [document] = await this.#database.get([name]);
      const devices = document ? devicesOf(document) : new Map();
      const { result, changed } = change(devices);
      if (!changed) return result;
      try {
        await this.#database.commit([writeOf(name, devices, document)], CONFLICTS);
        return result;
      } catch (error) {
        if (!CONFLICTS.includes((error as ServiceError).code)) throw error;
        if (attempt === MAX_ATTEMPTS) throw new UnavailableError("firestore", error);
        // Not backoffMs: writers of one record must spread over the whole pause, not wait for a service to recover.
        await sleep(Math.random() * Math.min(5 * attempt, MAX_PAUSE_MS));
      }
    }
  }

  /** Users with a device that was last seen before that time, in milliseconds since the epoch. */
  async *usersUnseenSince(time: number): AsyncGenerator<UserId> {
    let last: Document | undefined;
    for (let full = true; full; ) {
      const page: Document[] = [];
      await this.#database.query(this.#database.root, unseenQuery(time, last), () => {
        page.length = 0;
        return (document) => page.push(document) > 0;
      });
      for (const document of page) yield userOf(document);
      last = page.at(-1);
      full = page.length === SWEEP_PAGE;
    }
  }

  #nameOf(user: UserId): string {
    return userName(this.#database, user);
  }
}

/** The full name of a user's record, and the prefix of all names below it. */
export function userName({ root }: FirestoreDatabase, user: UserId): string {
  return `${root}/${COLLECTION}/${PREFIX}${user}`;
}

function userOf(document: Document): UserId {
  return idOf(document).slice(PREFIX.length) as UserId;
}

function writeOf(name: string, devices: Devices, read: Document | undefined): Write {
  const updateTime = read?.updateTime as Timestamp | undefined;
  const currentDocument = updateTime ? { updateTime } : { exists: false };
  if (devices.size === 0) return { delete: name, currentDocument };
  const oldestSeen = Math.min(...[...devices.values()].map(({ lastSeen }) => lastSeen));
  const fields = {
    devices: mapValue([...devices].map(([id, device]) => [id, deviceValue(device)])),
    oldestSeen: { timestampValue: timestamp(oldestSeen) },
  };
  return { update: { name, fields }, currentDocument };
}

function deviceValue({ queue, push, lastSeen }: Device): Value {
  const fields: [string, Value][] = [
    ["queue", { stringValue: queue }],
    ["lastSeen", { timestampValue: timestamp(lastSeen) }],
  ];
  if (push) {
    const { platform, token } = push;
    fields.push([
      "push",
      mapValue([
        ["platform", { stringValue: platform }],
        ["token", { stringValue: token }],
      ]),
    ]);
  }
  return mapValue(fields);
}

function devicesOf(document: Document): Devices {
  const entries = [...fieldsOf(document.fields?.devices)];
  return new Map(entries.map(([id, value]) => [id as DeviceId, deviceOf(id as DeviceId, value)]));
}

function deviceOf(id: DeviceId, value: Value): Device {
  const fields = fieldsOf(value);
  const push = fieldsOf(fields.get("push"));
  const platform = push.get("platform")?.stringValue as PushTarget["platform"] | undefined;
  return {
    id,
    queue: fields.get("queue")?.stringValue as QueueId,
    ...(platform ? { push: { platform, token: push.get("token")?.stringValue ?? "" } } : {}),
    lastSeen: timestampMs(fields.get("lastSeen")),
  };
}

function unseenQuery(time: number, last: Document | undefined): StructuredQuery {
  const field = { fieldPath: "oldestSeen" };
  const seen = last?.fields?.oldestSeen;
  const startAt = { values: [{ ...seen }, { referenceValue: last?.name ?? "" }], before: false };
  return {
    from: [{ collectionId: COLLECTION }],
    select: { fields: [field] },
    where: { fieldFilter: { field, op: "LESS_THAN", value: { timestampValue: timestamp(time) } } },
    orderBy: [{ field }, { field: { fieldPath: "__name__" } }],
    limit: { value: SWEEP_PAGE },
    ...(last === undefined ? {} : { startAt }),
  };
}
