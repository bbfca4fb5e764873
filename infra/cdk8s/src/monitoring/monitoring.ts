import { ApiObject } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { ADMIN_PORT } from "../constructs/workload/container-config.ts";
import { metadataOf, nameOf, selectorOf } from "../object-metadata.ts";
import type { RoutingServiceProps } from "../spec/routing-service-props.ts";
import type { Alert } from "./alert.ts";
import { alertsOf } from "./alerts.ts";
import { routingServiceDashboard } from "./dashboard.ts";
import { limitRecords } from "./limit-records.ts";
import { objectiveRecords } from "./objectives.ts";
import { INTERVAL_SECONDS } from "./recording-rule.ts";
import { RELABELINGS, seriesLabels, seriesOf, TARGET_LABELS } from "./series.ts";

const INTERVAL = `${INTERVAL_SECONDS}s`;

/** Scraping and alerts, for the Prometheus operator or Google's managed Prometheus, and a Grafana dashboard. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    const { system, dashboard } = props.spec.monitoring;
    if (system === "prometheusOperator") this.#prometheusOperator(props);
    if (system === "managedPrometheus") this.#managedPrometheus(props);
    if (dashboard) {
      const { labels, ...metadata } = metadataOf(props, nameOf(props, "dashboard"));
      new k8s.KubeConfigMap(this, "dashboard", {
        metadata: { ...metadata, labels: { ...labels, grafana_dashboard: "1" } },
        // Grafana's sidecar writes the dashboards of all namespaces into one folder.
        data: { [`${props.namespace}.${props.name}.json`]: routingServiceDashboard(props) },
      });
    }
  }

  #prometheusOperator(props: RoutingServiceProps): void {
    const own = metadataOf(props, nameOf(props, "metrics"));
    const selected = { ...own, labels: { ...own.labels, ...props.spec.monitoring.labels } };
    new k8s.KubeService(this, "metrics-service", {
      metadata: { ...own, labels: { ...own.labels, "app.kubernetes.io/component": "metrics" } },
      spec: {
        clusterIp: "None",
        // Scrape pods that drain too.
        publishNotReadyAddresses: true,
        selector: selectorOf(props),
        ports: [
          {
            name: "admin",
            port: ADMIN_PORT,
            targetPort: k8s.IntOrString.fromString("admin"),
            protocol: "TCP",
          },
        ],
      },
    });
    new ApiObject(this, "service-monitor", {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: selected,
      spec: {
        selector: { matchLabels: { ...selectorOf(props), "app.kubernetes.io/component": "metrics" } },
        // Otherwise our label `service` would be renamed in favor of the Service's.
        endpoints: [
          {
            port: "admin",
            path: "/metrics",
            interval: INTERVAL,
            honorLabels: true,
            relabelings: RELABELINGS,
          },
        ],
      },
    });
    const groups = groupsOf(props);
    if (groups.length === 0) return;
    new ApiObject(this, "rules", {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: selected,
      spec: { groups },
    });
  }

  #managedPrometheus(props: RoutingServiceProps): void {
    const metadata = metadataOf(props, nameOf(props, "metrics"));
    new ApiObject(this, "pod-monitoring", {
      apiVersion: "monitoring.googleapis.com/v1",
      kind: "PodMonitoring",
      metadata,
      spec: {
        selector: { matchLabels: selectorOf(props) },
        endpoints: [{ port: "admin", path: "/metrics", interval: INTERVAL }],
        targetLabels: TARGET_LABELS,
      },
    });
    const groups = groupsOf(props);
    if (groups.length === 0) return;
    new ApiObject(this, "rules", {
      apiVersion: "monitoring.googleapis.com/v1",
      kind: "Rules",
      metadata,
      spec: { groups },
    });
  }
}

/** In the order in which they are evaluated: alerts use what is recorded. */
function groupsOf(props: RoutingServiceProps) {
  const { alerts, dashboard } = props.spec.monitoring;
  const recorded = [...objectiveRecords(seriesOf(props)), ...limitRecords(props)];
  const records = recorded.map(({ labels, ...record }) => ({
    ...record,
    labels: { ...labels, ...seriesLabels(props) },
  }));
  const rules = [
    ...(alerts || dashboard ? records : []),
    ...(alerts ? alertsOf(props).map((alert) => ruleOf(props, alert)) : []),
  ];
  return rules.length === 0 ? [] : [{ name: "dumbwaiter", interval: INTERVAL, rules }];
}

function ruleOf(props: RoutingServiceProps, alert: Alert) {
  const { name, severity, service, expr, forTime, summary } = alert;
  const { runbookUrl } = props.spec.monitoring;
  return {
    alert: name,
    expr,
    for: forTime,
    // An expression keeps few labels: without these, Alertmanager would take the alerts of two for one.
    labels: { severity, ...(service && { service }), ...seriesLabels(props) },
    annotations: {
      summary: `${props.namespace}/${props.name}: ${summary}`,
      ...(runbookUrl ? { runbook_url: `${runbookUrl}#${name.toLowerCase()}` } : {}),
    },
  };
}
