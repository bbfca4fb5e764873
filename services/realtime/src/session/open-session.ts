import type { DeviceAddress, MessageId, QueueAddress, UserId } from "@dumbwaiter/core";
import type { OpenSocket } from "./open-socket.ts";

/** An open socket of a device, as the rest of the node sees it. */
export interface OpenSession extends OpenSocket {
  readonly user: UserId;
  readonly address: DeviceAddress;
  /** The device's room on the delivery bus (`deviceRoom`), made once so that all refer to one string. */
  readonly room: string;
  /** The device's queue at the time of connecting. */
  readonly queue: QueueAddress;
  /** When this node last refreshed the device's lastSeen, in milliseconds since the epoch. */
  touchedAt: number;
  /** When the oldest unacknowledged message was sent, in milliseconds since the epoch. */
  readonly oldestUnackedAt: number | undefined;
  /** When its token expires, in milliseconds since the epoch. */
  readonly tokenExpiresAt: number;
  /** Whether it was sent over this socket, and is not acknowledged. */
  isUnacked(id: MessageId): boolean;
  /** Messages of this device were acknowledged, over this socket or another. */
  acked(ids: readonly MessageId[]): void;
  /** A new token has come. Once it is verified, what this returns keeps the socket open until it expires. */
  beginTokenReplacement(): (expiresAt: number) => void;
  /** Whether the queue still belongs to the device. @throws UnavailableError */
  isRegistered(): Promise<boolean>;
  /** Deliveries may have been missed: reads the queue again. */
  resync(): void;
}
