import type { Brand } from "./brand.ts";
import { InvalidRequestError } from "./errors.ts";
import type { UserId } from "./user.ts";

/** One installation of a user's client. */
export type DeviceId = Brand<"DeviceId">;

/** Names one of a user's queues; minted at registration, except for {@link DEFAULT_QUEUE}. */
export type QueueId = Brand<"QueueId">;

/** The device of a client that names none. */
export const DEFAULT_DEVICE = "default" as DeviceId;

/** Holds the messages of a user without devices; the first device to register adopts it. */
export const DEFAULT_QUEUE = "default" as QueueId;

const DEVICE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export interface DeviceAddress {
  readonly user: UserId;
  readonly device: DeviceId;
}

export interface QueueAddress {
  readonly user: UserId;
  readonly queue: QueueId;
}

export const PUSH_PLATFORMS = ["ios", "android", "web"] as const;

/** Where an outside notifier can wake the device. The token is a secret: never log it. */
export interface PushTarget {
  readonly platform: (typeof PUSH_PLATFORMS)[number];
  readonly token: string;
}

export interface Device {
  readonly id: DeviceId;
  readonly queue: QueueId;
  readonly push?: PushTarget;
  /** Milliseconds since the epoch, written at most once a day. */
  readonly lastSeen: number;
}

export function parseDeviceId(id: string): DeviceId | undefined {
  return DEVICE_ID.test(id) ? (id as DeviceId) : undefined;
}

/** @throws InvalidRequestError */
export function requireDeviceId(id: string): DeviceId {
  const device = parseDeviceId(id);
  if (device === undefined) {
    throw new InvalidRequestError("invalid_request", "The device ID is invalid", "deviceId");
  }
  return device;
}

/** The device of that id among a user's devices. */
export function deviceWithId(devices: readonly Device[], id: DeviceId): Device | undefined {
  return devices.find((device) => device.id === id);
}

/** The delivery bus's room of one device. No user id, device id or socket id contains a slash. */
export function deviceRoom({ user, device }: DeviceAddress): string {
  return `${user}/${device}`;
}
