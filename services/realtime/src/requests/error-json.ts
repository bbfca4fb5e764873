import type { DumbwaiterError } from "@dumbwaiter/core";
import { type ClientError, toClientError } from "@dumbwaiter/service";

/** An error as sockets carry it: without a path when it is the whole envelope that is wrong. */
export function errorJson(error: DumbwaiterError): ClientError {
  const { path, ...rest } = toClientError(error);
  return path ? { ...rest, path } : rest;
}
