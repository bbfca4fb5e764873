import { boolean, type Crd, crd, fields, int32, int64, oneOf, type Schema, string } from "./crd.ts";

/*
 * https://docs.cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources
 * https://docs.cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration
 */
const seconds: Schema = { ...int64, minimum: 0, maximum: 2_147_483_647 };
const threshold: Schema = { ...int64, minimum: 1, maximum: 10 };
const port: Schema = { ...int64, minimum: 1, maximum: 65_535 };

const connectionDraining = fields({ drainingTimeoutSec: { ...seconds, maximum: 3600 } });
const targetRef = fields(
  { group: string, kind: oneOf("Service", "ServiceImport"), name: string, namespace: string },
  ["group", "kind", "name"],
);
const checks = {
  checkIntervalSec: { ...seconds, minimum: 1, maximum: 300 },
  timeoutSec: { ...seconds, minimum: 1, maximum: 300 },
  healthyThreshold: threshold,
  unhealthyThreshold: threshold,
};
const httpHealthCheck = fields({
  portSpecification: oneOf("USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"),
  port,
  portName: string,
  host: string,
  requestPath: string,
  response: string,
  proxyHeader: oneOf("NONE", "PROXY_V1"),
});

export const GKE_CRDS: readonly Crd[] = [
  crd(
    "networking.gke.io/v1",
    "GCPBackendPolicy",
    "gcpbackendpolicies",
    fields({
      targetRef,
      default: fields({
        timeoutSec: seconds,
        connectionDraining,
        securityPolicy: string,
        logging: fields({ enabled: boolean, sampleRate: { ...int32, minimum: 0, maximum: 1_000_000 } }),
      }),
    }),
  ),
  crd(
    "networking.gke.io/v1",
    "GCPGatewayPolicy",
    "gcpgatewaypolicies",
    fields(
      {
        targetRef: fields({ group: string, kind: string, name: string, namespace: string }, [
          "group",
          "kind",
          "name",
        ]),
        default: fields({ allowGlobalAccess: boolean, sslPolicy: string }),
      },
      ["targetRef"],
    ),
  ),
  crd(
    "networking.gke.io/v1beta1",
    "FrontendConfig",
    "frontendconfigs",
    fields({
      sslPolicy: string,
      redirectToHttps: fields({ enabled: boolean, responseCodeName: string }),
    }),
  ),
  crd(
    "networking.gke.io/v1",
    "HealthCheckPolicy",
    "healthcheckpolicies",
    fields({
      targetRef,
      default: fields({
        ...checks,
        logConfig: fields({ enabled: boolean }),
        config: fields({ type: oneOf("HTTP", "HTTPS", "HTTP2", "TCP", "GRPC"), httpHealthCheck }),
      }),
    }),
  ),
  crd(
    "cloud.google.com/v1",
    "BackendConfig",
    "backendconfigs",
    fields({
      timeoutSec: seconds,
      connectionDraining,
      securityPolicy: fields({ name: string }),
      logging: fields({ enable: boolean, sampleRate: { type: "number", format: "double" } }),
      healthCheck: fields({
        ...checks,
        type: oneOf("HTTP", "HTTPS", "HTTP2"),
        port,
        requestPath: string,
      }),
    }),
  ),
];
