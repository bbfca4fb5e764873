import type { IncomingMessage } from "node:http";
import { actingDevice, type DeviceId, DumbwaiterError, type Principal } from "@dumbwaiter/core";
import type { Request, Response } from "express";
import type { ApiContext } from "../dependencies.ts";
import type { Answer } from "./problem.ts";
import { takeBody } from "./take-body.ts";

/** The authenticated caller, and the device that the request acts as. */
interface Caller {
  readonly principal: Principal;
  readonly device: DeviceId;
}

type CallHandler<Call, Reply> = (request: Call, response: Reply, caller: Caller) => Promise<void>;

/**
 * Wraps handlers so that the token is verified, and the caller admitted, before anything else of the request is read.
 * A body is read once it is time and there is room for it.
 *
 * @param needed what a request without a token is told
 */
export function requireToken(
  { tokens, bodies, settings: { maxEnvelopeBytes } }: ApiContext,
  admit?: (principal: Principal) => Promise<void>,
  needed = "The header Authorization: Bearer <JWT> is required",
) {
  return <Call extends IncomingMessage = Request, Reply extends Answer = Response>(
    handler: CallHandler<Call, Reply>,
  ) =>
    async (request: Call, response: Reply): Promise<void> => {
      const principal = await tokens.verify(bearerToken(request.headers.authorization, needed));
      const device = actingDevice(principal, request.headers["x-device-id"]?.toString());
      await admit?.(principal);
      await takeBody(bodies, principal.user, { request, response, maxBytes: maxEnvelopeBytes }, () =>
        handler(request, response, { principal, device }),
      );
    };
}

function bearerToken(authorization: string | undefined, needed: string): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new DumbwaiterError("unauthenticated", needed);
  return token;
}
