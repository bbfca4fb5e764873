import { DAY_MS } from "../src/model/limits/fixed-limits.ts";
import type { Clock } from "../src/ports/clock.ts";
import type { DeviceRegistry } from "../src/ports/device-registry.ts";
import type { MessageQueues } from "../src/ports/message-queues.ts";

/** The settings of an adapter, for both contracts of the message store. */
export interface MessageStoreSettings {
  /** Used for expiry, `lastSeen` and the sweep, even if the store itself timestamps the messages. */
  readonly clock: Clock;
  readonly messageTtlMs: number;
  readonly maxDevices: number;
}

/** Queues and devices that share one store. */
export interface MessageStoreUnderTest {
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  /** An envelope that the store refuses for good, as `refused`. */
  readonly unstorable: Buffer;
  close(): Promise<void>;
}

export type OpenMessageStore = (settings: MessageStoreSettings) => Promise<MessageStoreUnderTest>;

export const MESSAGE_TTL_MS = 30 * DAY_MS;

export const MAX_DEVICES = 4;

export function storeSettings(clock: Clock): MessageStoreSettings {
  return { clock, messageTtlMs: MESSAGE_TTL_MS, maxDevices: MAX_DEVICES };
}
