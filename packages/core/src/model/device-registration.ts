import { randomUUID } from "node:crypto";
import {
  DEFAULT_QUEUE,
  type Device,
  type DeviceId,
  deviceWithId,
  type PushTarget,
  type QueueId,
} from "./device.ts";
import { DumbwaiterError } from "./errors.ts";
import { DAY_MS } from "./limits/fixed-limits.ts";

export interface Registration {
  readonly id: DeviceId;
  /** Replaces the push target where it is given. */
  readonly push?: PushTarget | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Devices that one user may have. */
  readonly maxDevices: number;
}

/** The device as it is registered, and whether that must be written. */
interface RegisteredDevice {
  readonly device: Device;
  readonly changed: boolean;
}

/** Decides on a registration. Adapters read the user's devices and write the outcome in one transaction. */
export function registerDevice(
  devices: readonly Device[],
  { id, push, now, maxDevices }: Registration,
  mintQueue = () => randomUUID() as QueueId,
): RegisteredDevice | "too_many_devices" {
  const known = deviceWithId(devices, id);
  if (known && now - known.lastSeen < DAY_MS && (!push || isSameTarget(known.push, push))) {
    return { device: known, changed: false };
  }
  if (!known && devices.length >= maxDevices) return "too_many_devices";
  const queue = known?.queue ?? (devices.length === 0 ? DEFAULT_QUEUE : mintQueue());
  const target = push ?? known?.push;
  return { device: { id, queue, ...(target && { push: target }), lastSeen: now }, changed: true };
}

export function tooManyDevices(maxDevices: number): DumbwaiterError {
  return new DumbwaiterError("too_many_devices", `A user may have at most ${maxDevices} devices`);
}

/** Whether a sweep removes the device. @param unseenSince milliseconds since the epoch */
export function isStale({ lastSeen }: Device, unseenSince: number): boolean {
  return lastSeen < unseenSince;
}

function isSameTarget(known: PushTarget | undefined, given: PushTarget): boolean {
  return known?.platform === given.platform && known.token === given.token;
}
