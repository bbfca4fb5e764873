import type { DeviceAddress, QueueAddress, QueueId } from "../model/device.ts";
import type { StoredMessage } from "../model/message-json.ts";
import type { DeviceRegistry } from "../ports/device-registry.ts";
import type { Limits } from "../ports/limits.ts";
import type { Cursor, MessagePage, MessageQueues, PageRequest } from "../ports/message-queues.ts";
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
  dependencies: PullDependencies,
  address: DeviceWithQueue,
  request: PageRequest,
): Promise<MessagePage> {
  const queue = await admittedQueue(dependencies, address);
  return firstPage(dependencies, { ...address, queue }, request);
}

/** Some of the messages of a pull. */
export interface PullPart {
  /** To be taken out: what is left in it stays in memory until the next part is read. */
  readonly messages: StoredMessage[];
  readonly isLast: boolean;
  /** Of the last part: whether the queue held more at the time of reading. */
  readonly hasMore: boolean;
}

/**
 * The same messages as {@link pullMessages}, read in parts of at most `partBytes`, or one message: a part is read when
 * the one before has been consumed.
 *
 * @throws what {@link pullMessages} throws, before any part
 */
export async function* pullInParts(
  dependencies: PullDependencies,
  address: DeviceWithQueue,
  { limit, maxBytes, ...rest }: Omit<PageRequest, "after">,
  partBytes: number,
): AsyncGenerator<PullPart, void> {
  const { user } = address;
  const queue = await admittedQueue(dependencies, address);
  const left = { limit, bytes: maxBytes };
  let after: Cursor | undefined;
  for (;;) {
    const request = { limit: left.limit, maxBytes: Math.min(left.bytes, partBytes), after, ...rest };
    const { messages, hasMore, cursor } =
      after === undefined
        ? await firstPage(dependencies, { ...address, queue }, request)
        : await dependencies.queues.page({ user, queue }, request);
    const bytes = messages.reduce((sum, { envelope }) => sum + envelope.length, 0);
    // A page holds its first message, however large.
    const isTooLarge = after !== undefined && bytes > left.bytes;
    left.limit -= messages.length;
    left.bytes -= bytes;
    const isLast = !hasMore || isTooLarge || left.limit === 0 || left.bytes <= 0 || cursor === undefined;
    if (isTooLarge) messages.length = 0;
    yield { messages, isLast, hasMore: hasMore || isTooLarge };
    if (isLast) return;
    after = cursor;
  }
}

async function admittedQueue(
  { devices, limits }: PullDependencies,
  { user, device, queue }: DeviceWithQueue,
) {
  await limits.admitCall(user, "pull");
  return queue ?? (await devices.register({ user, device })).queue;
}

async function firstPage(
  { queues, pushThrottle }: PullDependencies,
  { user, device, queue }: DeviceAddress & QueueAddress,
  request: PageRequest,
): Promise<MessagePage> {
  const page = queues.page({ user, queue }, request);
  // It never rejects, and no pull waits for it.
  void pushThrottle.lift({ user, device });
  return page;
}
