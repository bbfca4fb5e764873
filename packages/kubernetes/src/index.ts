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
export { Backoff, type BackoffOptions, backoffMs } from "./backoff.ts";
export { type ConnectOptions, connectKubernetes } from "./connect-kubernetes.ts";
export { Discovery } from "./discovery.ts";
export * from "./kube-client.ts";
export * from "./kube-object.ts";
export { appliedBy, fieldPaths, ownersOf } from "./managed-fields.ts";
export { Reflector, type ReflectorHandler, type ReflectorOptions } from "./reflector.ts";
export { groupOf, resourcePath, versionOf } from "./resource-path.ts";
export type { RequestReport, TransportHooks } from "./transport.ts";
