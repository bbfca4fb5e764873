import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import type { RoutingServiceProps } from "../routing-service-props.ts";
import { ADMIN_PORT } from "./container-config.ts";
import { metadataOf, nameOf } from "./names.ts";
import { ROUTES } from "./routes.ts";
import { gracePeriodSeconds } from "./stopping.ts";

/** A call of the api takes seconds at most; a socket lives until its load balancer ends it. */
const API_TIMEOUT_SECONDS = 60;

/** How a GKE load balancer treats each service: for a Gateway. */
export class LoadBalancerPolicies extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    for (const { component } of ROUTES) {
      const name = nameOf(props, component);
      const metadata = metadataOf(props, name, component);
      const targetRef = { group: "", kind: "Service", name };
      const { timeoutSec, drainingTimeoutSec } = balancing(props, component);
      new ApiObject(this, `backend-${component}`, {
        apiVersion: "networking.gke.io/v1",
        kind: "GCPBackendPolicy",
        metadata,
        spec: { default: { timeoutSec, connectionDraining: { drainingTimeoutSec } }, targetRef },
      });
      new ApiObject(this, `health-${component}`, {
        apiVersion: "networking.gke.io/v1",
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
  }
}

/** The same for an Ingress of GKE, by the name that the Services' annotation bears. */
export class BackendConfigs extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps) {
    super(scope, id);
    for (const { component } of ROUTES) {
      const { timeoutSec, drainingTimeoutSec } = balancing(props, component);
      new ApiObject(this, component, {
        apiVersion: "cloud.google.com/v1",
        kind: "BackendConfig",
        metadata: metadataOf(props, nameOf(props, component), component),
        spec: {
          timeoutSec,
          connectionDraining: { drainingTimeoutSec },
          healthCheck: { type: "HTTP", port: ADMIN_PORT, requestPath: "/readyz", checkIntervalSec: 5 },
        },
      });
    }
  }
}

function balancing({ spec }: RoutingServiceProps, component: (typeof ROUTES)[number]["component"]) {
  return {
    timeoutSec: component === "realtime" ? spec.route.timeoutSeconds : API_TIMEOUT_SECONDS,
    drainingTimeoutSec: gracePeriodSeconds(spec, component),
  };
}
