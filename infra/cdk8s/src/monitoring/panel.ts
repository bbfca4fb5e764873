import type { AlertName } from "../spec/alert-rules-spec.ts";

type OperatorAlertName = `DumbwaiterOperator${string}`;

/** A panel of a Grafana dashboard. */
export interface Panel {
  readonly title: string;
  /** What its title has no room for. */
  readonly description?: string;
  /** Grafana's ID of a unit. */
  readonly unit: string;
  /** The legend and PromQL of each line. */
  readonly lines: readonly (readonly [legend: string, expr: string])[];
  /** What is above it is bad, or with `isBadBelow` what is below. */
  readonly threshold?: number;
  readonly isBadBelow?: boolean;
  /** It has the numbers of now in place of lines: for what costs too much to compute for each step of a line. */
  readonly isOfNow?: boolean;
  /** The alerts that it explains: their runbooks are its links. */
  readonly alerts?: readonly (AlertName | OperatorAlertName)[];
}

interface Variable {
  readonly name: string;
  readonly label: string;
  /** PromQL's metric, with a selector by the variables before. */
  readonly of: string;
  readonly value: string;
}

interface Dashboard {
  /** At most 40 characters. */
  readonly uid: string;
  readonly title: string;
  /** What the panels select by, such as `namespace="$namespace"`. */
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
  /** Of docs/operations.md. */
  readonly runbookUrl?: string | undefined;
}

const WIDTH = 8;
const HEIGHT = 8;
const DATASOURCE = { type: "prometheus", uid: `\${datasource}` };

/** @returns a Grafana dashboard as JSON, without a trailing newline, which skaffold would remove */
export function dashboardJson({ uid, title, variables, panels, runbookUrl }: Dashboard): string {
  const dashboard = {
    uid,
    title,
    tags: ["dumbwaiter"],
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-3h", to: "now" },
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
        ...variables.map(variableJson),
      ],
    },
    panels: panels.map((panel, index) => panelJson(panel, index, runbookUrl)),
  };
  return JSON.stringify(dashboard, undefined, 2);
}

function variableJson({ name, label, of, value }: Variable) {
  return {
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    query: `label_values(${of}, ${name})`,
    refresh: 2,
    current: { text: value, value },
  };
}

function panelJson(panel: Panel, index: number, runbookUrl: string | undefined) {
  const { title, description, unit, lines, isBadBelow, isOfNow, alerts = [] } = panel;
  const steps = stepsOf(panel);
  const custom = steps && !isOfNow ? { thresholdsStyle: { mode: "dashed" } } : undefined;
  return {
    id: index + 1,
    title,
    description,
    type: isOfNow ? "stat" : "timeseries",
    datasource: DATASOURCE,
    gridPos: { x: (index % 3) * WIDTH, y: Math.floor(index / 3) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: {
      defaults: {
        unit,
        ...(isBadBelow ? {} : { min: 0 }),
        ...(custom && { custom }),
        ...(steps && { thresholds: { mode: "absolute", steps } }),
      },
      overrides: [],
    },
    ...(isOfNow && {
      options: { reduceOptions: { calcs: ["lastNotNull"] }, graphMode: "none", textMode: "value_and_name" },
    }),
    links: runbookUrl
      ? alerts.map((alert) => ({ title: alert, url: `${runbookUrl}#${alert.toLowerCase()}` }))
      : [],
    targets: lines.map(([legendFormat, expr], line) => ({
      refId: String.fromCharCode(65 + line),
      expr,
      legendFormat,
      ...(isOfNow && { instant: true, range: false }),
    })),
  };
}

function stepsOf({ threshold, isBadBelow }: Panel) {
  if (threshold === undefined) return undefined;
  const [below, above] = isBadBelow ? ["red", "green"] : ["green", "red"];
  return [
    { color: below, value: null },
    { color: above, value: threshold },
  ];
}
