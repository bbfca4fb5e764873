import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import { isGkeIngress } from "../../spec/gke-load-balancer.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { ADMIN_PORT } from "../workload/container-config.ts";
import { gracePeriodSeconds } from "../workload/stop-times.ts";
import { ROUTES } from "./routes.ts";

/** An api request takes a few seconds at most; a socket stays open until the load balancer closes it. */
const API_TIMEOUT_SECONDS = 60;

/** Unless the spec asks for more. It is always written: GKE's Ingress logs every request of a backend that has none. */
const LOG_SAMPLE_PERCENT = 0;

const POLICIES = "networking.gke.io/v1";

/** Of a Gateway on GKE: timeouts, connection draining, health checks, Cloud Armor and logs of its backends; its TLS. */
export class LoadBalancerPolicies extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    for (const { component } of ROUTES) {
      const name = nameOf(props, component);
      const metadata = metadataOf(props, name, component);
      const targetRef = { group: "", kind: "Service", name };
      const { timeoutSec, drainingTimeoutSec } = balancing(props, component);
      const { securityPolicy, logSamplePercent } = props.spec.route;
      new ApiObject(this, `backend-${component}`, {
        apiVersion: POLICIES,
        kind: "GCPBackendPolicy",
        metadata,
        spec: {
          default: {
            timeoutSec,
            connectionDraining: { drainingTimeoutSec },
            ...(securityPolicy ? { securityPolicy } : {}),
            logging: gatewayLogging(logSamplePercent),
          },
          targetRef,
        },
      });
      new ApiObject(this, `health-${component}`, {
        apiVersion: POLICIES,
        kind: "HealthCheckPolicy",
        metadata,
        spec: {
          default: {
            checkIntervalSec: 5,
            timeoutSec: 5,
            healthyThreshold: 1,
            unhealthyThreshold: 2,
            config: {
              type: "HTTP",
              httpHealthCheck: {
                portSpecification: "USE_FIXED_PORT",
                port: ADMIN_PORT,
                requestPath: "/readyz",
              },
            },
          },
          targetRef,
        },
      });
    }
    const { sslPolicy } = props.spec.route;
    if (sslPolicy === undefined) return;
    new ApiObject(this, "gateway", {
      apiVersion: POLICIES,
      kind: "GCPGatewayPolicy",
      metadata: metadataOf(props, props.name),
      spec: {
        default: { sslPolicy },
        targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: props.name },
      },
    });
  }
}

/** The same for an Ingress of GKE; the Services' annotation refers to them by name. */
export class BackendConfigs extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    for (const { component } of ROUTES) {
      const { timeoutSec, drainingTimeoutSec } = balancing(props, component);
      const { securityPolicy, logSamplePercent } = props.spec.route;
      new ApiObject(this, component, {
        apiVersion: "cloud.google.com/v1",
        kind: "BackendConfig",
        metadata: metadataOf(props, nameOf(props, component), component),
        spec: {
          timeoutSec,
          connectionDraining: { drainingTimeoutSec },
          healthCheck: { type: "HTTP", port: ADMIN_PORT, requestPath: "/readyz", checkIntervalSec: 5 },
          ...(securityPolicy ? { securityPolicy: { name: securityPolicy } } : {}),
          logging: ingressLogging(logSamplePercent),
        },
      });
    }
    if (!hasFrontendConfig(props)) return;
    const { sslPolicy, redirectToHttps } = props.spec.route;
    new ApiObject(this, "frontend", {
      apiVersion: "networking.gke.io/v1beta1",
      kind: "FrontendConfig",
      metadata: metadataOf(props, props.name),
      spec: {
        ...(sslPolicy ? { sslPolicy } : {}),
        ...(redirectToHttps
          ? { redirectToHttps: { enabled: true, responseCodeName: "MOVED_PERMANENTLY_DEFAULT" } }
          : {}),
      },
    });
  }
}

/** Whether the Ingress needs one; its annotation refers to it by name. */
export function hasFrontendConfig({ spec }: RoutingServiceProps): boolean {
  return isGkeIngress(spec.route) && (spec.route.sslPolicy !== undefined || spec.route.redirectToHttps);
}

/** The sample rate is in millionths. */
function gatewayLogging(percent = LOG_SAMPLE_PERCENT) {
  return percent === 0 ? { enabled: false } : { enabled: true, sampleRate: percent * 10_000 };
}

/** The sample rate is a fraction. */
function ingressLogging(percent = LOG_SAMPLE_PERCENT) {
  return percent === 0 ? { enable: false } : { enable: true, sampleRate: percent / 100 };
}

function balancing({ spec }: RoutingServiceProps, component: (typeof ROUTES)[number]["component"]) {
  return {
    timeoutSec: component === "realtime" ? spec.route.timeoutSeconds : API_TIMEOUT_SECONDS,
    drainingTimeoutSec: gracePeriodSeconds(spec, component),
  };
}
