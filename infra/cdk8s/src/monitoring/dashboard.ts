import { shortHash } from "../object-metadata.ts";
import { seriesOf } from "./series.ts";

interface Panel {
  readonly title: string;
  readonly unit: string;
  /** The legend and PromQL of each line. */
  readonly lines: readonly (readonly [legend: string, expr: string])[];
}

const WIDTH = 8;
const HEIGHT = 8;

/** A Grafana dashboard of one routing service, as JSON. */
export function dashboardJson(name: string, namespace: string): string {
  const here = seriesOf({ name, namespace });
  const panels = [...trafficPanels(here), ...healthPanels(here)];
  const dashboard = {
    // Grafana takes 40 characters.
    uid: `dumbwaiter-${shortHash([namespace, name])}`,
    title: `Dumbwaiter ${namespace}/${name}`,
    tags: ["dumbwaiter"],
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    templating: {
      list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }],
    },
    panels: panels.map(panelJson),
  };
  // Without a trailing newline, which skaffold would remove.
  return JSON.stringify(dashboard, undefined, 2);
}

function trafficPanels(here: string): Panel[] {
  const rate = (metric: string, by?: string) =>
    `sum${by ? ` by (${by})` : ""} (rate(${metric}{${here}}[$__rate_interval]))`;
  const quantile = (q: number, metric: string) =>
    `histogram_quantile(${q}, ${rate(`${metric}_bucket`, "le")})`;
  const quantiles = (metric: string) =>
    [0.5, 0.9, 0.99].map((q) => [`p${q * 100}`, quantile(q, metric)] as const);
  return [
    {
      title: "Messages",
      unit: "ops",
      lines: [
        ["accepted over HTTP", rate("dumbwaiter_api_messages_accepted_total")],
        ["accepted over sockets", rate("dumbwaiter_realtime_messages_accepted_total")],
        ["stored", rate("dumbwaiter_processor_messages_stored_total")],
        ["delivered live", rate("dumbwaiter_processor_messages_delivered_total")],
        ["pulled", rate("dumbwaiter_api_messages_pulled_total")],
        ["acknowledged over HTTP", rate("dumbwaiter_api_messages_acked_total")],
        ["acknowledged over sockets", rate("dumbwaiter_realtime_messages_acked_total")],
      ],
    },
    { title: "Send: request to 202", unit: "s", lines: quantiles("dumbwaiter_api_send_seconds") },
    {
      title: "Delivery to connected devices: accepted to sent",
      unit: "s",
      lines: quantiles("dumbwaiter_realtime_delivery_latency_seconds"),
    },
    { title: "Age on the ingress", unit: "s", lines: quantiles("dumbwaiter_processor_ingress_age_seconds") },
    { title: "Storing a batch", unit: "s", lines: quantiles("dumbwaiter_processor_store_commit_seconds") },
    {
      title: "Refusals",
      unit: "ops",
      lines: [
        ["HTTP {{code}}", rate("dumbwaiter_api_refusals_total", "code")],
        ["{{at}} {{code}}", rate("dumbwaiter_realtime_refusals_total", "at, code")],
      ],
    },
    {
      title: "Push requests and dead letters",
      unit: "ops",
      lines: [
        ["push {{outcome}}", rate("dumbwaiter_processor_push_requests_total", "outcome")],
        ["dead letter {{code}}", rate("dumbwaiter_processor_messages_dead_lettered_total", "code")],
      ],
    },
  ];
}

function healthPanels(here: string): Panel[] {
  const each = (metric: string) => `${metric}{${here}}`;
  return [
    {
      title: "Open sockets",
      unit: "short",
      lines: [
        ["{{pod}}", each("dumbwaiter_realtime_sockets")],
        ["devices", `sum(${each("dumbwaiter_realtime_devices")})`],
      ],
    },
    {
      title: "Sockets closed",
      unit: "ops",
      lines: [
        ["{{code}}", `sum by (code) (rate(${each("dumbwaiter_realtime_closes_total")}[$__rate_interval]))`],
      ],
    },
    {
      title: "Dependencies",
      unit: "short",
      lines: [
        ["{{service}} {{dependency}}", `min by (service, dependency) (${each("dumbwaiter_dependency_up")})`],
      ],
    },
    {
      title: "Memory",
      unit: "bytes",
      lines: [["{{pod}}", each("dumbwaiter_process_resident_memory_bytes")]],
    },
    {
      title: "CPU",
      unit: "short",
      lines: [["{{pod}}", `rate(${each("dumbwaiter_process_cpu_seconds_total")}[$__rate_interval])`]],
    },
    {
      title: "Event loop lag, p99",
      unit: "s",
      lines: [["{{pod}}", each("dumbwaiter_nodejs_eventloop_lag_p99_seconds")]],
    },
  ];
}

function panelJson({ title, unit, lines }: Panel, index: number) {
  return {
    id: index + 1,
    title,
    type: "timeseries",
    datasource: { type: "prometheus", uid: `\${datasource}` },
    gridPos: { x: (index % 3) * WIDTH, y: Math.floor(index / 3) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: lines.map(([legendFormat, expr], line) => ({
      refId: String.fromCharCode(65 + line),
      expr,
      legendFormat,
    })),
  };
}
