import type { MessageId } from "../model/message-id.ts";
import type { DeviceRegistry } from "../ports/device-registry.ts";
import type { Limits } from "../ports/limits.ts";
import type { MessageQueues } from "../ports/message-queues.ts";
import { findDevice } from "./find-devices.ts";
import type { DeviceWithQueue } from "./pull-messages.ts";

interface AcknowledgeDependencies {
  readonly devices: DeviceRegistry;
  readonly queues: Pick<MessageQueues, "delete">;
  readonly limits: Pick<Limits, "admitAck">;
}

/**
 * Deletes messages that a device has saved; ids that are not queued are ignored. Resolves once the deletion is
 * durable.
 *
 * @returns the ids, each once; none when the device is not registered
 * @throws RateLimitedError
 * @throws UnavailableError
 */
export async function acknowledgeMessages(
  { devices, queues, limits }: AcknowledgeDependencies,
  { user, device, queue: known }: DeviceWithQueue,
  messageIds: readonly MessageId[],
): Promise<readonly MessageId[]> {
  const ids = [...new Set(messageIds)];
  await limits.admitAck(user, ids.length);
  if (ids.length === 0) return [];
  const queue = known ?? (await findDevice(devices, { user, device }))?.queue;
  if (queue === undefined) return [];
  await queues.delete({ user, queue }, ids);
  return ids;
}
