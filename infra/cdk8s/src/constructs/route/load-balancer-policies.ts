import { ApiObject } from "cdk8s";
import { Construct } from "constructs";
import { metadataOf, nameOf } from "../../object-metadata.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { gracePeriodSeconds } from "../workload/component-deployment.ts";
import { ADMIN_PORT } from "../workload/container-config.ts";
import { ROUTES } from "./routes.ts";

/** An api request takes a few seconds at most; a socket stays open until the load balancer closes it. */
const API_TIMEOUT_SECONDS = 60;

/** Timeouts, connection draining and health checks of a Gateway's backends on GKE. */
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

/** The same for an Ingress of GKE; the Services' annotation refers to them by name. */
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
