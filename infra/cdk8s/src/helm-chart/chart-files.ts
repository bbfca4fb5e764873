import { Document, isMap, type Scalar, stringify, type YAMLMap } from "yaml";
import { z } from "zod";
import { customResourceDefinition } from "../crd/custom-resource-definition.ts";
import { manifestText } from "../manifest-text.ts";
import { operatorAlerts } from "../monitoring/operator-alerts.ts";
import { operatorDashboard } from "../monitoring/operator-dashboard.ts";
import { type ChartValue, chartReadme } from "./chart-readme.ts";
import { chartValuesSchema } from "./chart-values.ts";

interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
}

/** The text of each file that `npm run synth` writes to charts/dumbwaiter-operator, by name. */
export function chartFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["files/crd.yaml", manifestText([customResourceDefinition()])],
    ["files/alerts.yaml", alertsYaml()],
    ["files/dashboard.json", operatorDashboard(REPLACED)],
    ["values.yaml", valuesYaml()],
    ["values.schema.json", `${JSON.stringify(valuesSchema(), undefined, 2)}\n`],
    ["README.md", chartReadme(chartValues(valuesSchema() as Described, defaults()))],
  ]);
}

/** What the templates replace: by the namespace of the release, the name of its objects, and a value of the chart. */
const REPLACED = { namespace: "@NAMESPACE@", job: "@JOB@", runbookUrl: "@RUNBOOKS@" };

const HERE = `namespace="${REPLACED.namespace}",job="${REPLACED.job}"`;

function alertsYaml(): string {
  return stringify(operatorAlerts(HERE), { lineWidth: 0 });
}

function valuesSchema() {
  // The newest draft that Helm 3 supports.
  return z.toJSONSchema(chartValuesSchema, { target: "draft-7", io: "input", reused: "inline" });
}

function defaults(): Readonly<Record<string, unknown>> {
  return chartValuesSchema.parse({});
}

function valuesYaml(): string {
  const document = new Document(defaults());
  const contents = document.contents as YAMLMap<Scalar<string>>;
  describe(contents, valuesSchema() as Described);
  for (const { key } of contents.items) key.spaceBefore = true;
  return `# Made by \`npm run synth\`: change infra/cdk8s/src/helm-chart.\n${document.toString({ lineWidth: 0 })}`;
}

/** Adds each value's description as a comment above it. */
function describe(map: YAMLMap<Scalar<string>>, { properties = {} }: Described): void {
  for (const { key, value } of map.items) {
    const property = properties[key.value];
    if (property?.description) key.commentBefore = ` ${property.description}`;
    if (isMap(value) && property) describe(value as YAMLMap<Scalar<string>>, property);
  }
}

function chartValues({ properties = {} }: Described, values: object, prefix = ""): ChartValue[] {
  return Object.entries(values).flatMap(([key, byDefault]) => {
    const { description = "", ...schema } = properties[key] ?? {};
    const path = `${prefix}${key}`;
    return schema.properties
      ? chartValues(schema, byDefault, `${path}.`)
      : [{ path, byDefault, description }];
  });
}
