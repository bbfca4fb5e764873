import { INSTANCE_LABEL } from "../object-metadata.ts";
import type { RoutingServiceProps } from "../spec/routing-service-props.ts";

/** A namespace may have several routing services. `instance` is taken: it is what Prometheus calls a pod's address. */
export const ROUTING_SERVICE = "routing_service";

type Owner = Pick<RoutingServiceProps, "name" | "namespace">;

/** The labels that scraping gives the series of a routing service, and its alerts have. */
export function seriesLabels({ name, namespace }: Owner): Record<string, string> {
  return { namespace, [ROUTING_SERVICE]: name };
}

/** Selects the series of a routing service, in PromQL. */
export function seriesOf(owner: Owner): string {
  return Object.entries(seriesLabels(owner))
    .map(([label, value]) => `${label}="${value}"`)
    .join(",");
}

/** For the Prometheus operator. */
export const RELABELINGS = [
  {
    sourceLabels: [`__meta_kubernetes_pod_label_${INSTANCE_LABEL.replaceAll(/[^A-Za-z0-9]/g, "_")}`],
    targetLabel: ROUTING_SERVICE,
  },
];

/** For Google's managed Prometheus. */
export const TARGET_LABELS = { fromPod: [{ from: INSTANCE_LABEL, to: ROUTING_SERVICE }] };
