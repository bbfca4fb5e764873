import { DEFAULT_QUEUE, type DeviceAddress } from "../model/device.ts";
import type { UserId } from "../model/user.ts";
import type { AccessKeys } from "../ports/access-keys.ts";
import type { DeliveryBus } from "../ports/delivery-bus.ts";
import type { DeviceRegistry, DevicesAt } from "../ports/device-registry.ts";
import type { Limits } from "../ports/limits.ts";
import type { MessageQueues } from "../ports/message-queues.ts";

export interface RemovalDependencies {
  readonly accessKeys: Pick<AccessKeys, "remove">;
  readonly devices: Pick<DeviceRegistry, "snapshot" | "remove" | "removeUser">;
  readonly queues: Pick<MessageQueues, "purge">;
  readonly limits: Pick<Limits, "releaseQueue">;
  readonly bus: Pick<DeliveryBus, "closeDevices">;
}

/**
 * Removes a device, its queue and its sockets. The queue is purged before the device's record is removed, so that an
 * interrupted call can be repeated, and again after, for what was stored in between. Each time only of what was stored
 * for this device: meanwhile another can have adopted the queue `default`.
 *
 * @returns whether the device was registered
 * @throws UnavailableError
 */
export async function removeDevice(
  { devices, queues, limits, bus }: Omit<RemovalDependencies, "accessKeys">,
  address: DeviceAddress,
): Promise<boolean> {
  const { user } = address;
  const { devices: registered, at } = await devices.snapshot(user);
  await purge(queues, user, { devices: registered.filter(({ id }) => id === address.device), at });
  const removed = await devices.remove(address);
  await purge(queues, user, removed);
  if (registered.length === 1 && removed.devices.length === 1) await limits.releaseQueue(user);
  await bus.closeDevices([address]);
  return removed.devices.length > 0;
}

/**
 * Removes the access key, all devices, queues and sockets of a user, and the queue `default`. The key goes first:
 * whoever has it can send for at most 10 s more, and what comes then stays queued until it expires. An interrupted call
 * can be repeated.
 *
 * @throws UnavailableError
 */
export async function removeUser(dependencies: RemovalDependencies, user: UserId): Promise<void> {
  const { accessKeys, devices, queues, limits, bus } = dependencies;
  await accessKeys.remove(user);
  const registered = await devices.snapshot(user);
  await purge(queues, user, registered);
  const removed = await devices.removeUser(user);
  const queueIds = new Set([DEFAULT_QUEUE, ...removed.devices.map(({ queue }) => queue)]);
  for (const queue of queueIds) await queues.purge({ user, queue }, removed.at);
  await limits.releaseQueue(user);
  const deviceIds = new Set([...registered.devices, ...removed.devices].map(({ id }) => id));
  await bus.closeDevices([...deviceIds].map((device) => ({ user, device })));
}

/** Empties the devices' queues of what was stored for them. */
async function purge(
  queues: RemovalDependencies["queues"],
  user: UserId,
  { devices, at }: DevicesAt,
): Promise<void> {
  for (const { queue } of devices) await queues.purge({ user, queue }, at);
}
