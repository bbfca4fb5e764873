import type { Device, DeviceAddress, PushTarget } from "../model/device.ts";
import type { UserId } from "../model/user.ts";

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
  /**
   * Removes the device's record, so that nothing more is stored for it. The caller purges its queue.
   *
   * @returns the device, or undefined when it was not registered
   * @throws UnavailableError
   */
  remove(address: DeviceAddress): Promise<Device | undefined>;
  /** Removes the user's record and returns the devices it held. @throws UnavailableError */
  removeUser(user: UserId): Promise<readonly Device[]>;
  /**
   * Removes the devices that `isStale` names, checking again within the transaction, and hands each to `removed`.
   *
   * @throws UnavailableError
   */
  sweep(
    unseenSince: number,
    removed: (address: DeviceAddress, device: Device) => Promise<void>,
  ): Promise<void>;
}
