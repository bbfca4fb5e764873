import type { IncomingMessage, ServerResponse } from "node:http";
import {
  actingDevice,
  type DeviceId,
  DumbwaiterError,
  ERROR_CODES,
  type Principal,
  RateLimitedError,
} from "@dumbwaiter/core";
import { pause } from "@dumbwaiter/service";
import type { Request, Response } from "express";
import type { ApiContext } from "../dependencies.ts";
import { holdBytes } from "./hold-bytes.ts";
import { hasBody } from "./json-body.ts";

/** The authenticated caller, and the device that the request acts as. */
interface Caller {
  readonly principal: Principal;
  readonly device: DeviceId;
}

type CallHandler<Call, Answer> = (request: Call, response: Answer, caller: Caller) => Promise<void>;

/** A call whose body would have to wait for longer is refused. */
const MAX_BODY_DELAY_MS = 10_000;

/** Before it is refused, a body may cost several times what it would cost to accept it. */
const COST_OF_REFUSAL = 8;

/**
 * Wraps handlers so that the token is verified, and the caller admitted, before anything else of the request is read.
 * A body is read once it is time and there is room for it.
 */
export function requireToken(
  { tokens, budget, bodyPaces, settings: { maxEnvelopeBytes } }: ApiContext,
  admit?: (principal: Principal) => Promise<void>,
) {
  return <Call extends IncomingMessage = Request, Answer extends ServerResponse = Response>(
    handler: CallHandler<Call, Answer>,
  ) =>
    async (request: Call, response: Answer): Promise<void> => {
      const principal = await tokens.verify(bearerToken(request.headers.authorization));
      const { user } = principal;
      const device = actingDevice(principal, request.headers["x-device-id"]?.toString());
      await admit?.(principal);
      if (!hasBody(request)) return handler(request, response, { principal, device });
      const announced = request.headers["content-length"];
      const held = Math.min(Number(announced ?? maxEnvelopeBytes), maxEnvelopeBytes);
      const { bytesRead } = request.socket;
      const pace = bodyPaces.of(user);
      const delayMs = pace.waitMs;
      if (delayMs > MAX_BODY_DELAY_MS) throw new RateLimitedError(delayMs);
      if (announced !== undefined) pace.take(held);
      await pause(response, delayMs);
      if (response.closed || !(await holdBytes(budget, user, held, response))) return;
      try {
        await handler(request, response, { principal, device });
      } catch (error) {
        if (isRefusal(error)) pace.take((COST_OF_REFUSAL - 1) * held);
        throw error;
      } finally {
        if (announced === undefined) pace.take(request.socket.bytesRead - bytesRead);
      }
    };
}

function isRefusal(error: unknown): boolean {
  return error instanceof DumbwaiterError && ERROR_CODES[error.code].status < 500;
}

function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined)
    throw new DumbwaiterError("unauthenticated", "The header Authorization: Bearer <JWT> is required");
  return token;
}
