import { DumbwaiterError } from "@dumbwaiter/core";
import { Router } from "express";
import type { ApiContext } from "../dependencies.ts";
import { readAs } from "../http/json-body.ts";
import { serve } from "../http/method-routes.ts";
import { requireToken } from "../http/require-token.ts";
import { type AccessKeyStateJson, accessKeySchema } from "../openapi/schemas.ts";

/** `/api/user/access-key`: the key that lets others send to the user without saying who they are. */
export function accessKeyRouter(context: ApiContext): Router {
  const { accessKeys, limits } = context;
  const router = Router();
  const authenticated = requireToken(context, ({ user }) => limits.admitCall(user, "device"));

  const set = authenticated(async (request, response, { principal: { user } }) => {
    const { accessKey } = await readAs(request, accessKeySchema);
    await accessKeys.set(user, accessKey);
    response.status(204).end();
  });

  const get = authenticated(async (_request, response, { principal: { user } }) => {
    const setAt = await accessKeys.setAt(user);
    if (setAt === undefined) throw new DumbwaiterError("not_found", "No access key is set");
    response.json({ setAt: new Date(setAt).toISOString() } satisfies AccessKeyStateJson);
  });

  const remove = authenticated(async (_request, response, { principal: { user } }) => {
    await accessKeys.remove(user);
    response.status(204).end();
  });

  serve(router, "/api/user/access-key", { put: set, get, delete: remove });
  return router;
}
