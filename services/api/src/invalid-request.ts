import { InvalidRequestError } from "@dumbwaiter/core";
import type { z } from "zod";

/** Names the first thing that a schema found wrong. */
export function invalidRequest({ issues }: z.ZodError): InvalidRequestError {
  const issue = issues[0];
  if (issue?.code === "unrecognized_keys") {
    const path = [...issue.path, issue.keys[0]].join(".");
    return new InvalidRequestError("invalid_request", "unknown field", path);
  }
  const path = issue?.path.join(".") || undefined;
  return new InvalidRequestError("invalid_request", `${path ?? "the body"}: ${issue?.message}`, path);
}
