import { actingDevice, type DeviceId, DumbwaiterError, ERROR_CODES, type Principal } from "@dumbwaiter/core";
import type { Request, RequestHandler, Response } from "express";
import type { ApiContext } from "../dependencies.ts";
import { holdBytes } from "./hold-bytes.ts";
import { hasBody } from "./json-body.ts";

/** The authenticated caller, and the device that the request acts as. */
interface Caller {
  readonly principal: Principal;
  readonly device: DeviceId;
}

type CallHandler = (request: Request, response: Response, caller: Caller) => Promise<void>;

/**
 * Wraps handlers so that the token is verified, and the caller admitted, before anything else of the request is read.
 * A body is read once there is room for it.
 */
export function requireToken(
  { tokens, budget, refusedCalls, settings: { maxEnvelopeBytes } }: ApiContext,
  admit?: (principal: Principal) => Promise<void>,
): (handler: CallHandler) => RequestHandler {
  return (handler) => async (request, response) => {
    const principal = await tokens.verify(bearerToken(request.headers.authorization));
    const { user } = principal;
    refusedCalls.admit(user);
    const announced = hasBody(request) ? Number(request.headers["content-length"] ?? maxEnvelopeBytes) : 0;
    const bytes = Math.min(announced, maxEnvelopeBytes);
    try {
      const device = actingDevice(principal, request.get("x-device-id"));
      await admit?.(principal);
      if (bytes > 0 && !(await holdBytes(budget, user, bytes, response))) return;
      await handler(request, response, { principal, device });
    } catch (error) {
      if (error instanceof DumbwaiterError && ERROR_CODES[error.code].status < 500) {
        refusedCalls.count(user, bytes);
      }
      throw error;
    }
  };
}

function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined)
    throw new DumbwaiterError("unauthenticated", "The header Authorization: Bearer <JWT> is required");
  return token;
}
