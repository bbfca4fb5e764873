import type { Device, DeviceAddress, PushTarget } from "../model/device.ts";
import type { UserId } from "../model/user.ts";

/** The users' devices. Registration and removal are atomic for one user, whoever else does the same at once. */
export interface DeviceRegistry {
  /**
   * Registers the device by the rules of {@link registerDevice}, and returns it.
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
   * Removes every device that {@link isStale}, looking again within the transaction, and hands each to `removed`.
   *
   * @throws UnavailableError
   */
  sweep(
    unseenSince: number,
    removed: (address: DeviceAddress, device: Device) => Promise<void>,
  ): Promise<void>;
}
