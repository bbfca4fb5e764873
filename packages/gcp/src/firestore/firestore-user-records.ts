import { setTimeout as sleep } from "node:timers/promises";
import {
  DAY_MS,
  type Device,
  type DeviceId,
  type PushTarget,
  type QueueId,
  type StoreMoment,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import { LESS_THAN } from "./firestore-client.ts";
import type {
  Document,
  FirestoreDatabase,
  StructuredQuery,
  Timestamp,
  Value,
  Write,
} from "./firestore-database.ts";
import { fieldsOf, idOf, mapValue, momentOf, timestamp, timestampMs } from "./firestore-values.ts";
import {
  type AnyWaitingChange,
  type Change,
  type Changed,
  type Devices,
  WaitingChange,
} from "./waiting-change.ts";

const MAX_ATTEMPTS = 30;
const MAX_PAUSE_MS = 100;

/** Avoids ids that Firestore reserves. */
const PREFIX = "u:";
const SWEEP_PAGE = 200;

/**
 * The records `users/{u:<id>}`: a map `devices` of `{queue, push?, lastSeen}`, and the day of their earliest `lastSeen`
 * as `oldestSeen`, so that a sweep reads only the users it concerns.
 */
export class FirestoreUserRecords {
  readonly #database: FirestoreDatabase;
  /** The changes of each record under way that wait for the next transaction on it. */
  readonly #waiting = new Map<UserId, AnyWaitingChange[]>();

  constructor(database: FirestoreDatabase) {
    this.#database = database;
  }

  async read(users: readonly UserId[]): Promise<Map<UserId, Devices>> {
    const names = new Set(users.map((user) => this.#nameOf(user)));
    const { documents } = await this.#database.get([...names]);
    return new Map(documents.map((document) => [userOf(document), devicesOf(document)]));
  }

  /**
   * Changes one record in a transaction. What comes while the record is being changed waits, and shares the next
   * transaction: a process does not compete with itself.
   */
  change<T>(user: UserId, change: Change<T>): Promise<Changed<T>> {
    const waiting = new WaitingChange(change);
    const others = this.#waiting.get(user);
    if (others) others.push(waiting);
    else void this.#changeInTurn(user, [waiting]);
    return waiting.settled;
  }

  async #changeInTurn(user: UserId, first: AnyWaitingChange[]): Promise<void> {
    for (let changes = first; changes.length > 0; changes = this.#waiting.get(user) ?? []) {
      this.#waiting.set(user, []);
      try {
        const at = await this.#transact(this.#nameOf(user), changes);
        for (const change of changes) change.settle(at);
      } catch (error) {
        for (const change of changes) change.fail(error);
      }
    }
    this.#waiting.delete(user);
  }

  /**
   * What the changes do to the devices, one after the other, is written only if the record has not changed meanwhile;
   * otherwise they are applied again, to the new devices.
   *
   * @returns when that was
   */
  async #transact(name: string, changes: readonly AnyWaitingChange[]): Promise<StoreMoment> {
    for (let attempt = 1; ; attempt += 1) {
      const { documents, readTime } = await this.#database.get([name]);
      const [document] = documents;
      const devices: Devices = document ? devicesOf(document) : new Map();
      const applied = changes.map((change) => change.apply(devices));
      if (!applied.includes(true)) return momentOf(readTime);
      const outcome = await this.#database.commitIf(writeOf(name, devices, document));
      if ("commitTime" in outcome) return momentOf(outcome.commitTime);
      if (outcome.mayBeItself) for (const change of changes) change.mayBeDone(momentOf(readTime));
      if (attempt === MAX_ATTEMPTS) throw new UnavailableError("firestore", outcome.conflict);
      // Not backoffMs: writers of one record must spread over the whole pause, not wait for a service to recover.
      await sleep(Math.random() * Math.min(5 * attempt, MAX_PAUSE_MS));
    }
  }

  /**
   * Users with a device that was last seen before that time, in milliseconds since the epoch, and some who had one on
   * that day.
   */
  async *usersUnseenSince(time: number): AsyncGenerator<UserId> {
    let last: Document | undefined;
    for (let full = true; full; ) {
      const page: Document[] = [];
      await this.#database.query(this.#database.root, this.#unseenQuery(time, last), () => {
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

  #unseenQuery(time: number, last: Document | undefined): StructuredQuery {
    const field = { fieldPath: "oldestSeen" };
    const seen = last?.fields?.oldestSeen;
    const startAt = { values: [{ ...seen }, { referenceValue: last?.name ?? "" }], before: false };
    return {
      from: [{ collectionId: this.#database.collectionId("users") }],
      select: { fields: [field] },
      where: { fieldFilter: { field, op: LESS_THAN, value: { timestampValue: timestamp(time) } } },
      orderBy: [{ field }, { field: { fieldPath: "__name__" } }],
      limit: { value: SWEEP_PAGE },
      ...(last === undefined ? {} : { startAt }),
    };
  }
}

/** The full name of a user's record, and the prefix of all names below it. */
export function userName(database: FirestoreDatabase, user: UserId): string {
  return `${database.root}/${database.collectionId("users")}/${documentId(user)}`;
}

/** The ID of a document about a user. */
export function documentId(user: UserId): string {
  return PREFIX + user;
}

/** Whom a document with such an ID is about. */
export function userOf(document: Document): UserId {
  return idOf(document).slice(PREFIX.length) as UserId;
}

function writeOf(name: string, devices: Devices, read: Document | undefined): Write {
  const updateTime = read?.updateTime as Timestamp | undefined;
  const currentDocument = updateTime ? { updateTime } : { exists: false };
  if (devices.size === 0) return { delete: name, currentDocument };
  const oldestSeen = Math.min(...[...devices.values()].map(({ lastSeen }) => lastSeen));
  // In order of time, the entries of one index would all go to its end, which takes some 500 writes a second.
  const day = oldestSeen - (oldestSeen % DAY_MS);
  const fields = {
    devices: mapValue([...devices].map(([id, device]) => [id, deviceValue(device)])),
    oldestSeen: { timestampValue: timestamp(day) },
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
