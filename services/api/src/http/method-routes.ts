import { DumbwaiterError } from "@dumbwaiter/core";
import type { RequestHandler, Router } from "express";

type Method = "get" | "post" | "put" | "delete";

/** Serves the given methods of one path, and refuses all others with 405 and `Allow`. */
export function serve(
  router: Pick<Router, "route">,
  path: string,
  handlers: Readonly<Partial<Record<Method, RequestHandler>>>,
): void {
  const route = router.route(path);
  const methods = Object.keys(handlers) as Method[];
  for (const method of methods) route[method](handlers[method] as RequestHandler);
  const allow = [...methods, ...(handlers.get ? ["head"] : [])].join(", ").toUpperCase();
  route.all((_request, response) => {
    response.setHeader("Allow", allow);
    throw new DumbwaiterError("method_not_allowed", `Method not allowed; use ${allow}`);
  });
}
