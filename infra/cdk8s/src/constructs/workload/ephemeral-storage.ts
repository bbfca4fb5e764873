import { k8s } from "cdk8s-plus-27";
import type { RoutingServiceSpec } from "../../spec/routing-service-props.ts";

const NAME = "ephemeral-storage";

/**
 * What a container may write to its node. Ours write logs alone, which kubelets rotate, by default at 50 MiB: the
 * request holds them several times, because some platforms make it the limit as well.
 */
const REQUEST = "256Mi";

/** Ends what has gone wrong before the node has no space left. */
const LIMIT = "1Gi";

interface Resources {
  readonly requests?: Readonly<Record<string, unknown>> | undefined;
  readonly limits?: Readonly<Record<string, unknown>> | undefined;
}

type Amounts = Required<Pick<k8s.ResourceRequirements, "requests" | "limits">>;

/**
 * Of a component. Version 0.1 had none: pods with its images get it together with other images, so that an upgrade of
 * the operator does not replace them for it. None beside an own request or limit, which ours might contradict.
 */
export function storageOf({ images }: RoutingServiceSpec, { requests, limits }: Resources = {}): Amounts {
  const isOwn = requests?.[NAME] !== undefined || limits?.[NAME] !== undefined;
  return isOwn || images.tag.startsWith("0.1.") ? { requests: {}, limits: {} } : ephemeralStorage();
}

export function ephemeralStorage(): Amounts {
  const quantity = k8s.Quantity.fromString;
  return { requests: { [NAME]: quantity(REQUEST) }, limits: { [NAME]: quantity(LIMIT) } };
}
