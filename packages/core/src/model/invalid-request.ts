import type { z } from "zod";
import { InvalidRequestError } from "./errors.ts";

/**
 * Names the first thing that a schema found wrong.
 *
 * @param whole what to call the value where the fault is not in a field of it, such as `the body`
 */
export function invalidRequest({ issues }: z.ZodError, whole: string): InvalidRequestError {
  const issue = issues[0];
  if (issue?.code === "unrecognized_keys") {
    const path = [...issue.path, issue.keys[0]].join(".");
    return new InvalidRequestError("invalid_request", "unknown field", path);
  }
  const path = issue?.path.join(".") || undefined;
  return new InvalidRequestError("invalid_request", `${path ?? whole}: ${issue?.message}`, path);
}
