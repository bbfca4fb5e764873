import { type Device, type DeviceAddress, deviceWithId } from "../model/device.ts";
import type { UserId } from "../model/user.ts";
import type { DeviceRegistry } from "../ports/device-registry.ts";

/** All devices of one user, in order of id. @throws UnavailableError */
export async function devicesOf(registry: DeviceRegistry, user: UserId): Promise<readonly Device[]> {
  return (await registry.lookup([user])).get(user) ?? [];
}

/** @returns the device, or undefined when it is not registered. @throws UnavailableError */
export async function findDevice(
  registry: DeviceRegistry,
  { user, device }: DeviceAddress,
): Promise<Device | undefined> {
  return deviceWithId(await devicesOf(registry, user), device);
}
