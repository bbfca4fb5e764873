import type { Device, DeviceAddress, DeviceId, PushTarget } from "../model/device.ts";
import type { UserId } from "../model/user.ts";

/** The users' devices. Registration and removal are atomic for one user, whoever else does the same at once. */
export interface DeviceRegistry {
  /**
   * Registers the device unless it is, and returns it. The first device of a user without any adopts the queue
   * `default`; every other gets a queue of a new name. `push` replaces the push target where it is given. Writes
   * nothing when nothing changes but `lastSeen` by less than a day.
   *
   * @throws DumbwaiterError `too_many_devices`
   * @throws UnavailableError
   */
  register(address: DeviceAddress, push?: PushTarget): Promise<Device>;
  /** Each user's devices at one moment after the call, in order of id; strongly consistent. @throws UnavailableError */
  lookup(users: readonly UserId[]): Promise<Map<UserId, readonly Device[]>>;
  /**
   * Removes the device's record, so that nothing more is stored for it; its queue is the caller's to purge.
   *
   * @returns the device, or undefined when it was not registered
   * @throws UnavailableError
   */
  remove(address: DeviceAddress): Promise<Device | undefined>;
  /** Removes the user's record and returns the devices it held. @throws UnavailableError */
  removeUser(user: UserId): Promise<readonly Device[]>;
  /**
   * Removes every device last seen before `unseenSince` (milliseconds since the epoch), looking again within the
   * transaction, and hands each to `removed`.
   *
   * @throws UnavailableError
   */
  sweep(
    unseenSince: number,
    removed: (address: DeviceAddress, device: Device) => Promise<void>,
  ): Promise<void>;
}

/** The device of that id among a user's devices. */
export function deviceWithId(devices: readonly Device[] | undefined, id: DeviceId): Device | undefined {
  return devices?.find((device) => device.id === id);
}
