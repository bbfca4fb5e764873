import type { Crd, Schema } from "./foreign-crds.ts";

/*
 * GKE has these kinds, and publishes no definition of them: here are the fields of their documentation, as strict as
 * a definition would be.
 * https://docs.cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources
 * https://docs.cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration
 * https://docs.cloud.google.com/stackdriver/docs/managed-prometheus/rules-managed
 */
const string: Schema = { type: "string" };
const boolean: Schema = { type: "boolean" };
const strings: Schema = { type: "object", additionalProperties: string };
const seconds: Schema = { type: "integer", format: "int64", minimum: 0, maximum: 2_147_483_647 };
const threshold: Schema = { type: "integer", format: "int64", minimum: 1, maximum: 10 };
const port: Schema = { type: "integer", format: "int64", minimum: 1, maximum: 65_535 };

const connectionDraining = fields({ drainingTimeoutSec: { ...seconds, maximum: 3600 } });
const targetRef = fields(
  { group: string, kind: { enum: ["Service", "ServiceImport"], ...string }, name: string, namespace: string },
  ["group", "kind", "name"],
);
const checks = {
  checkIntervalSec: { ...seconds, minimum: 1, maximum: 300 },
  timeoutSec: { ...seconds, minimum: 1, maximum: 300 },
  healthyThreshold: threshold,
  unhealthyThreshold: threshold,
};
const httpHealthCheck = fields({
  portSpecification: { enum: ["USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"], ...string },
  port,
  portName: string,
  host: string,
  requestPath: string,
  response: string,
  proxyHeader: { enum: ["NONE", "PROXY_V1"], ...string },
});

/** A field that is not named is refused. */
export const DOCUMENTED_CRDS: readonly Crd[] = [
  crd("networking.gke.io/v1", "GCPBackendPolicy", "gcpbackendpolicies", {
    targetRef,
    default: fields({
      timeoutSec: seconds,
      connectionDraining,
      securityPolicy: string,
      logging: fields({ enabled: boolean, sampleRate: { type: "integer", format: "int32" } }),
    }),
  }),
  crd("networking.gke.io/v1", "HealthCheckPolicy", "healthcheckpolicies", {
    targetRef,
    default: fields({
      ...checks,
      logConfig: fields({ enabled: boolean }),
      config: fields({
        type: { enum: ["HTTP", "HTTPS", "HTTP2", "TCP", "GRPC"], ...string },
        httpHealthCheck,
      }),
    }),
  }),
  crd("cloud.google.com/v1", "BackendConfig", "backendconfigs", {
    timeoutSec: seconds,
    connectionDraining,
    securityPolicy: fields({ name: string }),
    healthCheck: fields({
      ...checks,
      type: { enum: ["HTTP", "HTTPS", "HTTP2"], ...string },
      port,
      requestPath: string,
    }),
  }),
  crd("monitoring.googleapis.com/v1", "Rules", "rules", {
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
];

function fields(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}) };
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

function crd(apiVersion: string, kind: string, plural: string, spec: Readonly<Record<string, Schema>>): Crd {
  const [group = "", version = ""] = apiVersion.split("/");
  const name = `${plural}.${group}`;
  const schema = { openAPIV3Schema: fields({ spec: fields(spec) }, ["spec"]) };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: {
      group,
      names: { kind, plural },
      scope: "Namespaced",
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
