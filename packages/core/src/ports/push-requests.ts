import type { DeviceAddress, DeviceId, PushTarget } from "../model/device.ts";
import type { MessageId } from "../model/message-id.ts";
import type { UserId } from "../model/user.ts";

/** Asks an outside notifier to wake devices that are offline. It carries no envelope. */
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

/** At most one push request a device in 10 s, across all processes; fails open. */
export interface PushThrottle {
  /** @returns for each device whether a request may go now; those that may have used up their turn */
  admit(devices: readonly DeviceAddress[]): Promise<boolean[]>;
  /** Gives the device its next turn at once: it has just pulled or connected. */
  lift(address: DeviceAddress): Promise<void>;
}

export const PUSH_INTERVAL_MS = 10_000;
