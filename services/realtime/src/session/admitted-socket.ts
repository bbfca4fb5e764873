import type { DeviceAddress, NetworkPrefix, QueueId } from "@dumbwaiter/core";

/** What the handshake found out about a socket that it admitted. */
export type AdmittedSocket = AdmittedDevice | AdmittedAnonymous;

export interface AdmittedDevice {
  readonly address: DeviceAddress;
  /** See `deviceRoom`. */
  readonly room: string;
  readonly queue: QueueId;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Of a client that has not said who it is. */
export interface AdmittedAnonymous {
  readonly network: NetworkPrefix;
}

export function isDevice(admitted: AdmittedSocket): admitted is AdmittedDevice {
  return "address" in admitted;
}
