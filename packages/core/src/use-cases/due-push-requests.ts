import type { Device, PushTarget } from "../model/device.ts";
import { HIGH_PRIORITY, type SealedEnvelope } from "../model/envelope.ts";
import type { MessageId } from "../model/message-id.ts";
import type { PushRequest, PushThrottle } from "../ports/push-requests.ts";

/** A message that did not reach a device. */
export interface MissedMessage {
  readonly message: Pick<SealedEnvelope, "recipient" | "priority" | "ephemeral"> & { readonly id: MessageId };
  readonly device: Device;
}

interface DuePushRequests {
  readonly requests: readonly PushRequest[];
  /** Devices that could be woken but have just had a push request. */
  readonly throttled: number;
}

type Pushable = MissedMessage & { readonly device: { readonly push: PushTarget } };

/** Whether a push can wake the device. */
export function canBeWoken(device: Device): device is Device & { readonly push: PushTarget } {
  return device.push !== undefined;
}

/**
 * Decides which devices to wake: those with a push target, never for an ephemeral message, which is not queued. The
 * throttle applies below high priority only. One request per message.
 */
export async function duePushRequests(
  pushThrottle: PushThrottle,
  missed: readonly MissedMessage[],
): Promise<DuePushRequests> {
  const pushable = missed.filter(isPushable);
  const low = pushable.filter(({ message }) => message.priority < HIGH_PRIORITY);
  const addresses = low.map(({ message, device }) => ({ user: message.recipient, device: device.id }));
  const turns = low.length === 0 ? [] : await pushThrottle.admit(addresses);
  const throttled = new Set(low.filter((_, index) => !turns[index]));
  const due = pushable.filter((each) => !throttled.has(each));
  return { requests: groupByMessage(due), throttled: throttled.size };
}

function isPushable(missed: MissedMessage): missed is Pushable {
  return canBeWoken(missed.device) && !missed.message.ephemeral;
}

function groupByMessage(due: readonly Pushable[]): PushRequest[] {
  return Array.from(
    Map.groupBy(due, ({ message }) => message),
    ([{ recipient, id, priority }, group]) => {
      const devices = group.map(({ device }) => ({ id: device.id, ...device.push }));
      return { user: recipient, devices, messageId: id, priority };
    },
  );
}
