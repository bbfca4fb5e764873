import type { DeviceAddress, DeviceId, PushTarget } from "../model/device.ts";
import type { MessageId } from "../model/message-id.ts";
import type { UserId } from "../model/user.ts";

/** Asks an outside notifier to wake offline devices. It carries no envelope. */
export interface PushRequest {
  readonly user: UserId;
  readonly devices: readonly (PushTarget & { readonly id: DeviceId })[];
  readonly messageId: MessageId;
  readonly priority: number;
}

/** The push topic. */
export interface PushRequests {
  /** Resolves once the requests are durable on the topic. @throws UnavailableError */
  request(requests: readonly PushRequest[]): Promise<void>;
}

/** Allows one push request per device every 10 s, across all processes. It fails open: neither call rejects. */
export interface PushThrottle {
  /** @returns for each device, whether a request may be sent now; if so, it counts as sent */
  admit(devices: readonly DeviceAddress[]): Promise<boolean[]>;
  /** Allows the next push request of the device immediately: it has just pulled or connected. */
  lift(address: DeviceAddress): Promise<void>;
}

export const PUSH_INTERVAL_MS = 10_000;
