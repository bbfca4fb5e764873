import { DEFAULT_DEVICE, type DeviceId, requireDeviceId } from "../model/device.ts";
import { DumbwaiterError } from "../model/errors.ts";
import type { UserId } from "../model/user.ts";

/** The user and device that a verified token belongs to. */
export interface Principal {
  readonly user: UserId;
  /** The token's `device_id` claim; any device may use a token without one. */
  readonly device?: DeviceId;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenVerifier {
  /**
   * @throws DumbwaiterError `unauthenticated` or `token_expired`
   * @throws UnavailableError when the issuer's keys cannot be read
   */
  verify(token: string): Promise<Principal>;
}

/**
 * The device that a request acts as: the token's, else the one that the client names, else `default`.
 *
 * @throws DumbwaiterError `device_mismatch` when the two differ
 * @throws InvalidRequestError when the name is not a valid device id
 */
export function actingDevice(principal: Principal, named: string | undefined): DeviceId {
  const device = named === undefined ? undefined : requireDeviceId(named);
  if (principal.device !== undefined && device !== undefined && principal.device !== device) {
    throw new DumbwaiterError("device_mismatch", "The token belongs to another device");
  }
  return principal.device ?? device ?? DEFAULT_DEVICE;
}
