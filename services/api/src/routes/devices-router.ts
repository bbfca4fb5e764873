import {
  actingDevice,
  type Device,
  DumbwaiterError,
  devicesOf,
  removeDevice,
  removeUser,
  requireDeviceId,
} from "@dumbwaiter/core";
import { type Request, Router } from "express";
import type { ApiContext } from "../dependencies.ts";
import { hasBody, readAs } from "../http/json-body.ts";
import { serve } from "../http/method-routes.ts";
import { requireToken } from "../http/require-token.ts";
import { type DeviceJson, deviceRegistrationSchema } from "../openapi/schemas.ts";

/** `/api/devices…` and `DELETE /api/user`: any token of a user may list and remove the user's devices. */
export function devicesRouter(context: ApiContext): Router {
  const { devices, limits } = context;
  const router = Router();
  const authenticated = requireToken(context, ({ user }) => limits.admitCall(user, "device"));

  const register = authenticated(async (request, response, { principal }) => {
    const address = { user: principal.user, device: actingDevice(principal, deviceName(request)) };
    const { push } = hasBody(request) ? await readAs(request, deviceRegistrationSchema) : {};
    response.json(deviceJson(await devices.register(address, push)));
  });

  const list = authenticated(async (_request, response, { principal: { user } }) => {
    response.json({ devices: (await devicesOf(devices, user)).map(deviceJson) });
  });

  const remove = authenticated(async (request, response, { principal: { user } }) => {
    const removed = await removeDevice(context, { user, device: requireDeviceId(deviceName(request)) });
    if (!removed) throw new DumbwaiterError("not_found", "The device does not exist");
    response.status(204).end();
  });

  const removeAll = authenticated(async (_request, response, { principal: { user } }) => {
    await removeUser(context, user);
    response.status(204).end();
  });

  serve(router, "/api/devices", { get: list });
  serve(router, "/api/devices/:deviceId", { put: register, delete: remove });
  serve(router, "/api/user", { delete: removeAll });
  return router;
}

function deviceName(request: Request): string {
  return String(request.params.deviceId);
}

/** Without the push token, which is a secret, and the queue id, which is internal. */
function deviceJson({ id, lastSeen, push }: Device): DeviceJson {
  return {
    id,
    lastSeen: new Date(lastSeen).toISOString(),
    ...(push === undefined ? {} : { push: { platform: push.platform } }),
  };
}
