import { shortHash } from "../object-metadata.ts";
import { type AlertName, alertSettings } from "../spec/alert-rules-spec.ts";
import type { RoutingServiceProps } from "../spec/routing-service-props.ts";
import { healthPanels } from "./health-panels.ts";
import { dashboardJson } from "./panel.ts";
import { ROUTING_SERVICE } from "./series.ts";
import { trafficPanels } from "./traffic-panels.ts";

/** Selects the series of the chosen routing service, in PromQL. */
const CHOSEN = `namespace="$namespace",${ROUTING_SERVICE}="$${ROUTING_SERVICE}"`;

const SERIES = "dumbwaiter_process_start_time_seconds";

/** A Grafana dashboard that shows this routing service first, and can show all others that are scraped. */
export function routingServiceDashboard({ name, namespace, spec }: RoutingServiceProps): string {
  const { alertRules, runbookUrl } = spec.monitoring;
  const limitOf = (alert: AlertName) => alertSettings(alertRules, alert).threshold;
  return dashboardJson({
    uid: `dumbwaiter-${shortHash([namespace, name])}`,
    title: `Dumbwaiter ${namespace}/${name}`,
    variables: [
      { name: "namespace", label: "Namespace", of: `${SERIES}{${ROUTING_SERVICE}!=""}`, value: namespace },
      {
        name: ROUTING_SERVICE,
        label: "Routing service",
        of: `${SERIES}{namespace="$namespace"}`,
        value: name,
      },
    ],
    panels: [...trafficPanels(CHOSEN, limitOf), ...healthPanels(CHOSEN, limitOf)],
    runbookUrl,
  });
}
