export {
  ApiError,
  type Conflict,
  isConflict,
  isGone,
  isInvalid,
  isNotFound,
  UnknownKindError,
  UnreachableError,
} from "./api-error.ts";
export { type BackoffOptions, backoffMs } from "./backoff.ts";
export { connectKubernetes } from "./connect-kubernetes.ts";
export * from "./kube-client.ts";
export * from "./kube-object.ts";
export { appliedBy, fieldPaths, ownersOf } from "./managed-fields.ts";
export { Reflector } from "./reflector.ts";
export { groupOf, resourcePath, versionOf } from "./resource-path.ts";
export type { RequestReport } from "./transport.ts";
