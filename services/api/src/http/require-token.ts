import {
  actingDevice,
  type DeviceId,
  DumbwaiterError,
  type Principal,
  type TokenVerifier,
} from "@dumbwaiter/core";
import type { Request, RequestHandler, Response } from "express";

/** The authenticated caller, and the device that the request acts as. */
interface Caller {
  readonly principal: Principal;
  readonly device: DeviceId;
}

type CallHandler = (request: Request, response: Response, caller: Caller) => Promise<void>;

/**
 * Wraps handlers so that the token is verified, and the caller admitted, before anything else of the request is read.
 */
export function requireToken(
  tokens: TokenVerifier,
  admit?: (principal: Principal) => Promise<void>,
): (handler: CallHandler) => RequestHandler {
  return (handler) => async (request, response) => {
    const principal = await tokens.verify(bearerToken(request.headers.authorization));
    const device = actingDevice(principal, request.get("x-device-id"));
    await admit?.(principal);
    await handler(request, response, { principal, device });
  };
}

function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined)
    throw new DumbwaiterError("unauthenticated", "Authorization: Bearer <JWT> is required");
  return token;
}
