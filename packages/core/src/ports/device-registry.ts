import type { Device, DeviceAddress, PushTarget } from "../model/device.ts";
import type { UserId } from "../model/user.ts";
import type { StoreMoment } from "./message-queues.ts";

/**
 * Devices at one moment of the store. What was stored in their queues before it was stored for them; later, the queue
 * `default` can be another device's.
 */
export interface DevicesAt {
  readonly devices: readonly Device[];
  readonly at: StoreMoment;
}

/** The users' devices. Registrations and removals of one user are atomic, even when they are concurrent. */
export interface DeviceRegistry {
  /**
   * Registers the device as `registerDevice` decides, and returns it.
   *
   * @throws DumbwaiterError `too_many_devices`
   * @throws UnavailableError
   */
  register(address: DeviceAddress, push?: PushTarget): Promise<Device>;
  /** Each user's devices at one moment after the call, in order of id; strongly consistent. @throws UnavailableError */
  lookup(users: readonly UserId[]): Promise<Map<UserId, readonly Device[]>>;
  /** The user's devices, and when; strongly consistent. @throws UnavailableError */
  snapshot(user: UserId): Promise<DevicesAt>;
  /**
   * Removes the device's record, so that nothing more is stored for it. The caller purges its queue.
   *
   * @returns the device, or none when it was not registered
   * @throws UnavailableError
   */
  remove(address: DeviceAddress): Promise<DevicesAt>;
  /** Removes the user's record and returns the devices it held. @throws UnavailableError */
  removeUser(user: UserId): Promise<DevicesAt>;
  /**
   * Removes the devices for which `isStale` holds, checking again within the transaction, and hands each to `removed`, with
   * the moment of its removal.
   *
   * @throws UnavailableError
   */
  sweep(
    unseenSince: number,
    removed: (address: DeviceAddress, device: Device, at: StoreMoment) => Promise<void>,
  ): Promise<void>;
}
