import { App, Chart } from "cdk8s";
import type { Environment } from "../environments/environment.ts";
import { gcloudScript } from "./cloud/gcloud-script.ts";
import { DevelopmentServers } from "./constructs/development/development-servers.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { manifestText } from "./manifest-text.ts";
import { type RenderedChart, renderCharts } from "./render-routing-service.ts";
import { parseProps } from "./spec/parse-props.ts";

const ENFORCE_RESTRICTED = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
  "pod-security.kubernetes.io/audit": "restricted",
};

/** The charts of an environment in the order in which to apply them. @throws InvalidSpecError */
export function chartsOf(environment: Environment): RenderedChart[] {
  const { name, namespace, spec, developmentServers } = environment;
  const props = parseProps(name, namespace, spec);
  const charts = [{ id: "namespace", objects: [namespaceObject(namespace)] }];
  if (developmentServers) {
    const chart = new Chart(new App(), "development", { namespace, disableResourceNameHashes: true });
    new DevelopmentServers(chart, "servers", props, developmentServers);
    charts.push({ id: "development", objects: chart.toJson() });
  }
  return [...charts, ...renderCharts(props)];
}

/** The text of each file of an environment, by name. The order of the names is the order in which to apply them. */
export function filesOf(environment: Environment): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [index, { id, objects }] of chartsOf(environment).entries()) {
    files.set(`${index}-${id}.yaml`, manifestText(objects));
  }
  const props = parseProps(environment.name, environment.namespace, environment.spec);
  const { cloudResources, emulators } = props.spec.google;
  if (cloudResources === "external" && !emulators) files.set("cloud-resources.sh", gcloudScript(props));
  return files;
}

function namespaceObject(name: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "app.kubernetes.io/part-of": "dumbwaiter", ...ENFORCE_RESTRICTED } },
  };
}
