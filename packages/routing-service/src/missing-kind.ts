import { isBuiltInKind } from "@dumbwaiter/infra";
import { ApiError, type Kind, UnknownKindError } from "@dumbwaiter/kubernetes";

/** The API server's message for a missing permission. A quota or a webhook also answers 403, but for single objects. */
const NOT_PERMITTED = /\bcannot \w+ resource "/;

/** The API server's message for a kind whose CRD is being deleted; the status is 403 or 405, depending on its version. */
const CRD_TERMINATING = /create not allowed while custom resource definition is terminating/;

/** Whether the caller lacks a permission. */
export function isNotPermitted(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403 && NOT_PERMITTED.test(error.message);
}

/** Why a required kind is missing, if that is what an error means. */
export function missingKindReason(object: Kind, error: unknown): string | undefined {
  // Every cluster serves it, so the error is a failure.
  if (isBuiltInKind(object)) return undefined;
  if (error instanceof UnknownKindError) return "is not installed";
  if (!(error instanceof ApiError)) return undefined;
  if (isNotPermitted(error)) return "cannot be managed: the operator lacks RBAC permission";
  if (CRD_TERMINATING.test(error.message)) return "is being uninstalled";
  // Its CRD is gone, but was still in the discovery cache.
  return error.status === 404 ? "is not installed" : undefined;
}
