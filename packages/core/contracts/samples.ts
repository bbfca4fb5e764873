import { randomUUID } from "node:crypto";
import type { QueueAddress, QueueId } from "../src/model/device.ts";
import { DAY_MS } from "../src/model/limits/fixed-limits.ts";
import { type MessageId, newMessageId } from "../src/model/message-id.ts";
import type { StoredMessage } from "../src/model/message-json.ts";
import type { UserId } from "../src/model/user.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { LimitSettings } from "../src/ports/limits.ts";
import type { StoreRequest } from "../src/ports/message-queues.ts";

/** The real time, which a test can advance. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

export const HOUR_MS = DAY_MS / 24;

/** Far beyond what a test does. */
export const NO_LIMITS: LimitSettings = {
  sendRatePerSecond: 1e6,
  sendBurst: 1e6,
  senderBytesPerHour: 1e12,
  recipientBytesPerHour: 1e12,
  recipientRatePerSecond: 1e7,
  recipientBurst: 1e7,
  maxQueueMessages: 1e9,
  maxQueueBytes: 1e13,
  messageTtlMs: 30 * DAY_MS,
  pullRatePerSecond: 1e6,
  pullBurst: 1e6,
  ackRatePerSecond: 1e6,
  ackBurst: 1e6,
  deviceRatePerSecond: 1e6,
  deviceBurst: 1e6,
  handshakeRatePerSecond: 1e6,
  handshakeBurst: 1e6,
  networkSendRatePerSecond: 1e6,
  networkSendBurst: 1e6,
  networkBytesPerHour: 1e12,
  networkHandshakeRatePerSecond: 1e6,
  networkHandshakeBurst: 1e6,
  refusedKeyRatePerSecond: 1e6,
  refusedKeyBurst: 1e6,
};

/** IDs that stores, paths and JavaScript objects may take for something else, and some that only look alike. */
export const AWKWARD_USERS: readonly UserId[] = [
  ...["constructor", "__proto__", "__x__", "...", "-", "a.b~c@d+e-f", "A".repeat(255)],
  ...["a%7Cb", "a%257Cb", "A%7Cb", "a%2Fb", "%00", "%F0%9F%93%A8", "%C3%A9", "e%CC%81", "%25".repeat(85)],
] as readonly string[] as readonly UserId[];

/** A user that no other test has. */
export function freshUser(): UserId {
  return `user-${randomUUID()}` as UserId;
}

/** A queue that no other test has. */
export function freshQueue(): QueueAddress {
  return { user: freshUser(), queue: "default" as QueueId };
}

export function freshId(): MessageId {
  return newMessageId(Date.now());
}

export function sampleMessage(text: string = randomUUID()): StoredMessage {
  return { id: freshId(), envelope: Buffer.from(JSON.stringify({ encryptedData: text })) };
}

/** `count` messages for one queue, in order of id. */
export function sampleRequests(count: number, ...queues: readonly QueueAddress[]): StoreRequest[] {
  return Array.from({ length: count }, () => ({ ...sampleMessage(), queues })).sort(byId);
}

export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
