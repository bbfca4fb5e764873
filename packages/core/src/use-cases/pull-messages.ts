import type { DeviceAddress, QueueId } from "../model/device.ts";
import type { DeviceRegistry } from "../ports/device-registry.ts";
import type { Limits } from "../ports/limits.ts";
import type { MessagePage, MessageQueues, PageRequest } from "../ports/message-queues.ts";
import type { PushThrottle } from "../ports/push-requests.ts";

/** A device, and its queue where the caller knows it already. */
export interface DeviceWithQueue extends DeviceAddress {
  readonly queue?: QueueId | undefined;
}

interface PullDependencies {
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly pushThrottle: PushThrottle;
  readonly limits: Pick<Limits, "admitCall">;
}

/**
 * Reads the oldest messages of a device's queue. The first pull registers the device; each pull lifts its push
 * throttle.
 *
 * @throws DumbwaiterError `too_many_devices`
 * @throws RateLimitedError
 * @throws UnavailableError
 */
export async function pullMessages(
  { devices, queues, pushThrottle, limits }: PullDependencies,
  { user, device, queue: known }: DeviceWithQueue,
  request: PageRequest,
): Promise<MessagePage> {
  await limits.admitCall(user, "pull");
  const queue = known ?? (await devices.register({ user, device })).queue;
  const page = queues.page({ user, queue }, request);
  // It never rejects, and no pull waits for it.
  void pushThrottle.lift({ user, device });
  return page;
}
