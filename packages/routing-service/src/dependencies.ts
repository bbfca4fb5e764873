import { ApiError, type Kind, UnknownKindError } from "@dumbwaiter/kubernetes";

/** Kinds that every cluster has: being refused one is a failure, not a missing dependency. */
const BUILT_IN = /^(v1|apps\/v1|policy\/v1|autoscaling\/v2|networking\.k8s\.io\/v1)$/;

/** As the API server says that a right is missing. A quota or a webhook refuses single objects, with 403 too. */
const NO_RIGHT = /\bcannot \w+ resource "/;

/** As the API server, with 403 or 405 by its version, refuses to create what it still serves. */
const GOING = /create not allowed while custom resource definition is terminating/;

/** Why a kind that the spec needs cannot be had, when that is what an error tells. */
export function dependencyProblem(object: Kind, error: unknown): string | undefined {
  if (BUILT_IN.test(object.apiVersion)) return undefined;
  if (error instanceof UnknownKindError) return "is not installed";
  if (!(error instanceof ApiError)) return undefined;
  if (error.status === 403 && NO_RIGHT.test(error.message)) return "may not be used";
  if (GOING.test(error.message)) return "is being removed";
  // Its CRD is gone; discovery still knew it.
  return error.status === 404 ? "is not installed" : undefined;
}

/** As people write it: `PubSubTopic (pubsub.cnrm.cloud.google.com/v1beta1)`. */
export function kindName({ apiVersion, kind }: Kind): string {
  return `${kind} (${apiVersion})`;
}
