import { DEFAULT_QUEUE, type DeviceAddress } from "../model/device.ts";
import type { UserId } from "../model/user.ts";
import type { DeliveryBus } from "../ports/delivery-bus.ts";
import type { DeviceRegistry } from "../ports/device-registry.ts";
import type { MessageQueues } from "../ports/message-queues.ts";
import { devicesOf, findDevice } from "./find-devices.ts";

export interface RemovalDependencies {
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly bus: DeliveryBus;
}

/**
 * Removes a device, its queue and its sockets. The queue is purged before the device's record is removed, so that an
 * interrupted call can be repeated, and again after, for what was stored in between.
 *
 * @returns whether the device was registered
 * @throws UnavailableError
 */
export async function removeDevice(
  { devices, queues, bus }: RemovalDependencies,
  address: DeviceAddress,
): Promise<boolean> {
  const { user } = address;
  const registered = await findDevice(devices, address);
  if (registered) await queues.purge({ user, queue: registered.queue });
  const removed = await devices.remove(address);
  if (removed) await queues.purge({ user, queue: removed.queue });
  await bus.closeDevices([address]);
  return removed !== undefined;
}

/** Removes all devices, queues and sockets of a user, and the queue `default`. @throws UnavailableError */
export async function removeUser(dependencies: RemovalDependencies, user: UserId): Promise<void> {
  const { devices, queues, bus } = dependencies;
  const registered = await devicesOf(devices, user);
  for (const { queue } of registered) await queues.purge({ user, queue });
  const removed = await devices.removeUser(user);
  const queueIds = new Set([DEFAULT_QUEUE, ...removed.map(({ queue }) => queue)]);
  for (const queue of queueIds) await queues.purge({ user, queue });
  const deviceIds = new Set([...registered, ...removed].map(({ id }) => id));
  await bus.closeDevices([...deviceIds].map((device) => ({ user, device })));
}
