export {
  ApiError,
  type Conflict,
  isConflict,
  isInvalid,
  isNotFound,
  UnknownKindError,
  UnreachableError,
} from "./api-error.ts";
export type { ApplyOptions, DeleteOptions, PatchOptions } from "./call-options.ts";
export { type ConnectOptions, connectKubernetes } from "./connect-kubernetes.ts";
export { type JsonPatchOperation, KubeClient, type ObjectName } from "./kube-client.ts";
export * from "./kube-object.ts";
export { appliedBy, fieldPaths, itemKey, ownersOf } from "./managed-fields.ts";
export { isGoneFromList, Reflector } from "./reflector.ts";
export { apiVersionOf, groupOf, versionOf } from "./resource-path.ts";
export type { RequestReport } from "./transport.ts";
