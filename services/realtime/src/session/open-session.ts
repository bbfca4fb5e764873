import type { DeviceAddress, MessageId, QueueAddress, UserId } from "@dumbwaiter/core";
import type { ClientConnection } from "../connection/client-connection.ts";
import type { ClosingCode } from "./closing.ts";

/** An open socket of a device, as the rest of the node knows it. */
export interface OpenSession {
  readonly user: UserId;
  readonly address: DeviceAddress;
  /** The device's queue at the time of connecting. */
  readonly queue: QueueAddress;
  readonly connection: ClientConnection;
  /** When the device was last seen to our knowledge, in milliseconds since the epoch. */
  touchedAt: number;
  /** When the oldest message was sent that is not acknowledged, in milliseconds since the epoch. */
  readonly oldestUnackedAt: number | undefined;
  /** Messages of this device were acknowledged, through this socket or another. */
  acked(ids: readonly MessageId[]): void;
  /** Makes the socket last until this token expires, in milliseconds since the epoch. */
  replaceToken(expiresAt: number): void;
  /** Whether the device still is the one whose queue this is. @throws UnavailableError */
  isRegistered(): Promise<boolean>;
  /** Deliveries may have been missed: reads the queue again. */
  resync(): void;
  /** Tells the client why, then ends its socket; what was not acknowledged stays queued. */
  end(code: ClosingCode): void;
}
