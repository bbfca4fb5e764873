import {
  boolean,
  type Crd,
  crd,
  fields,
  int64,
  intOrString,
  labelSelector,
  list,
  oneOf,
  rules,
  type Schema,
  string,
  strings,
} from "./crd.ts";

/*
 * https://prometheus-operator.dev/docs/api-reference/api/ (without authorization, TLS and proxies)
 * https://github.com/GoogleCloudPlatform/prometheus-engine/blob/main/doc/api.md (likewise)
 * https://docs.cloud.google.com/stackdriver/docs/managed-prometheus/rules-managed
 */
const OPERATOR = "monitoring.coreos.com/v1";
const MANAGED = "monitoring.googleapis.com/v1";

const duration: Schema = {
  ...string,
  pattern: "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$",
};
const limit: Schema = { ...int64, minimum: 0 };
const query: Schema = { type: "object", additionalProperties: list(string) };

/** Prometheus takes both `keepequal` and `KeepEqual`. */
const relabelActions = ["Replace", "Keep", "Drop", "HashMod", "LabelMap", "LabelDrop", "LabelKeep"].concat([
  "Lowercase",
  "Uppercase",
  "KeepEqual",
  "DropEqual",
]);
const relabeling = list(
  fields({
    action: {
      ...oneOf(...relabelActions.flatMap((action) => [action.toLowerCase(), action])),
      default: "replace",
    },
    sourceLabels: list(string),
    separator: string,
    regex: string,
    modulus: limit,
    targetLabel: string,
    replacement: string,
  }),
);

const label: Schema = { ...string, pattern: "^[a-zA-Z_][a-zA-Z0-9_]*$" };
/** Labels that Google's managed Prometheus sets itself. */
const PROTECTED = ["project_id", "location", "cluster", "namespace", "job", "instance", "__address__"].concat(
  ["top_level_controller", "top_level_controller_type"],
);
const targetLabel: Schema = { ...label, ...rules(PROTECTED.map((name) => `self != '${name}'`).join(" && ")) };
const managedRelabeling = list(
  fields(
    {
      action: oneOf(
        ...["replace", "lowercase", "uppercase", "keep", "drop", "keepequal", "dropequal", "hashmod"],
        ...["labeldrop", "labelkeep"],
      ),
      sourceLabels: list(label, { maxItems: 100 }),
      separator: string,
      regex: { ...string, maxLength: 10_000 },
      modulus: int64,
      targetLabel,
      replacement: string,
    },
    [],
    rules("!has(self.action) || self.action != 'labeldrop' || has(self.regex)"),
  ),
  { maxItems: 250 },
);

export const PROMETHEUS_CRDS: readonly Crd[] = [
  crd(
    OPERATOR,
    "ServiceMonitor",
    "servicemonitors",
    fields(
      {
        selector: labelSelector,
        namespaceSelector: fields({ any: boolean, matchNames: list(string) }),
        endpoints: list(
          fields({
            port: string,
            targetPort: intOrString,
            path: string,
            scheme: oneOf("http", "https", "HTTP", "HTTPS"),
            params: query,
            interval: duration,
            scrapeTimeout: duration,
            honorLabels: boolean,
            honorTimestamps: boolean,
            trackTimestampsStaleness: boolean,
            filterRunning: boolean,
            followRedirects: boolean,
            enableHttp2: boolean,
            relabelings: relabeling,
            metricRelabelings: relabeling,
          }),
        ),
        jobLabel: string,
        targetLabels: list(string),
        podTargetLabels: list(string),
        sampleLimit: limit,
        targetLimit: limit,
        labelLimit: limit,
        labelNameLengthLimit: limit,
        labelValueLengthLimit: limit,
        keepDroppedTargets: limit,
      },
      ["endpoints", "selector"],
    ),
  ),
  crd(
    OPERATOR,
    "PrometheusRule",
    "prometheusrules",
    fields({
      groups: list(
        fields(
          {
            name: { ...string, minLength: 1 },
            labels: strings,
            interval: duration,
            query_offset: duration,
            limit: { type: "integer" },
            partial_response_strategy: { ...string, pattern: "^(?i)(abort|warn)?$" },
            rules: list(
              fields(
                {
                  record: string,
                  alert: string,
                  expr: intOrString,
                  for: duration,
                  keep_firing_for: { ...duration, minLength: 1 },
                  labels: strings,
                  annotations: strings,
                },
                ["expr"],
              ),
            ),
          },
          ["name"],
        ),
        { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
      ),
    }),
  ),
  crd(
    MANAGED,
    "PodMonitoring",
    "podmonitorings",
    fields(
      {
        selector: labelSelector,
        endpoints: list(
          fields(
            {
              port: {
                ...intOrString,
                minLength: 1,
                maxLength: 253,
                ...rules("self != 0"),
              },
              path: string,
              scheme: oneOf("http", "https"),
              params: query,
              interval: { ...string, format: "duration" },
              timeout: { ...string, format: "duration" },
              metricRelabeling: managedRelabeling,
            },
            ["interval", "port"],
            rules("!has(self.timeout) || self.timeout <= self.interval"),
          ),
          { minItems: 1, maxItems: 10 },
        ),
        targetLabels: fields(
          {
            fromPod: list(fields({ from: string, to: targetLabel }, ["from"]), { maxItems: 100 }),
            metadata: list(
              oneOf("container", "node", "pod", "top_level_controller_name", "top_level_controller_type"),
              {
                default: ["container", "pod", "top_level_controller_name", "top_level_controller_type"],
                "x-kubernetes-list-type": "set",
              },
            ),
          },
          [],
          { default: {} },
        ),
        limits: fields({ samples: int64, labels: int64, labelNameLength: int64, labelValueLength: int64 }),
        filterRunning: boolean,
      },
      ["endpoints", "selector"],
    ),
  ),
  crd(
    MANAGED,
    "Rules",
    "rules",
    fields({
      groups: list(
        fields(
          {
            name: string,
            interval: string,
            rules: list(
              fields(
                {
                  record: string,
                  alert: string,
                  expr: string,
                  for: string,
                  labels: strings,
                  annotations: strings,
                },
                ["expr"],
              ),
            ),
          },
          ["name", "rules"],
        ),
      ),
    }),
  ),
];
