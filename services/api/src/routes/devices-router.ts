import {
  type Device,
  type DeviceId,
  DumbwaiterError,
  InvalidRequestError,
  parseDeviceId,
  removeDevice,
  removeUser,
} from "@dumbwaiter/core";
import { type Request, Router } from "express";
import type { ApiDependencies } from "../dependencies.ts";
import { authenticated } from "../http/authenticated.ts";
import { hasBody, readAs } from "../http/json-body.ts";
import { serve } from "../http/serve.ts";
import { type DeviceJson, deviceRegistrationSchema } from "../openapi/schemas.ts";

/** `/api/devices…` and `DELETE /api/user`: any token of the user lists and removes the user's devices. */
export function devicesRouter(dependencies: ApiDependencies): Router {
  const { devices, tokens } = dependencies;
  const router = Router();
  const authentic = authenticated(tokens);

  const register = authentic(async (request, response, { principal: { user, device: bound } }) => {
    const device = namedDevice(request);
    if (bound !== undefined && bound !== device) {
      throw new DumbwaiterError("device_mismatch", "The token belongs to another device");
    }
    const { push } = hasBody(request) ? await readAs(request, deviceRegistrationSchema) : {};
    response.json(deviceJson(await devices.register({ user, device }, push)));
  });

  const list = authentic(async (_request, response, { principal: { user } }) => {
    const registered = (await devices.lookup([user])).get(user) ?? [];
    response.json({ devices: registered.map(deviceJson) });
  });

  const remove = authentic(async (request, response, { principal: { user } }) => {
    const removed = await removeDevice(dependencies, { user, device: namedDevice(request) });
    if (!removed) throw new DumbwaiterError("not_found", "No such device");
    response.status(204).end();
  });

  const removeAll = authentic(async (_request, response, { principal: { user } }) => {
    await removeUser(dependencies, user);
    response.status(204).end();
  });

  serve(router, "/api/devices", { get: list });
  serve(router, "/api/devices/:deviceId", { put: register, delete: remove });
  serve(router, "/api/user", { delete: removeAll });
  return router;
}

function namedDevice(request: Request): DeviceId {
  const device = parseDeviceId(String(request.params.deviceId));
  if (device === undefined) {
    throw new InvalidRequestError("invalid_request", "The device id is not valid", "deviceId");
  }
  return device;
}

/** Neither the push token, a secret, nor the name of the queue, which is ours. */
function deviceJson({ id, lastSeen, push }: Device): DeviceJson {
  return {
    id,
    lastSeen: new Date(lastSeen).toISOString(),
    ...(push === undefined ? {} : { push: { platform: push.platform } }),
  };
}
