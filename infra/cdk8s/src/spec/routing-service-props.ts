import { z } from "zod";
import { httpSpec, limitsSpec, observabilitySpec, rolloutSpec, shutdownSpec } from "./behaviour-spec.ts";
import { apiSpec, processorSpec, realtimeSpec } from "./component-spec.ts";
import { COMPONENTS, type Component } from "./components.ts";
import { googleSpec } from "./google-spec.ts";
import { networkSpec } from "./network-spec.ts";
import { authSpec, imagesSpec, monitoringSpec, redisSpec } from "./platform-spec.ts";
import { dnsLabel } from "./quantities.ts";
import { routeSpec } from "./route-spec.ts";
import { componentTemplate, TEMPLATE_DESCRIPTION } from "./template-spec.ts";

export { COMPONENTS, type Component };

/** What a `RoutingService`'s `spec` holds. Defaults apply object by object, as those of a CRD do. */
export const routingServiceSpecSchema = z.strictObject({
  images: imagesSpec.prefault({}).describe("Images of the components."),
  auth: authSpec.describe("Issuer whose tokens are accepted."),
  google: googleSpec.describe("Google Cloud project and resources."),
  redis: redisSpec.describe("Redis, which is the delivery bus."),
  api: apiSpec.prefault({}).describe("The HTTP API."),
  processor: processorSpec
    .prefault({})
    .describe("The processor, which moves messages from the ingress to the queues."),
  realtime: realtimeSpec.prefault({}).describe("The Socket.IO API."),
  template: componentTemplate.optional().describe(TEMPLATE_DESCRIPTION),
  limits: limitsSpec.prefault({}).describe("Limits of users, devices and messages."),
  http: httpSpec.prefault({}).describe("Browsers and proxies."),
  shutdown: shutdownSpec.prefault({}).describe("Timing of a pod's shutdown."),
  rollout: rolloutSpec.prefault({}).describe("How a change reaches the components."),
  observability: observabilitySpec.prefault({}).describe("Logs and traces."),
  network: networkSpec.prefault({}).describe("Allowed network connections."),
  route: routeSpec.prefault({}).describe("How clients reach api and realtime."),
  monitoring: monitoringSpec.prefault({}).describe("Metrics, alerts and dashboards."),
  readOnlyRootFilesystem: z
    .boolean()
    .default(true)
    .describe(
      "Whether containers have a read-only root file system; set to false only to sync files into them.",
    ),
  enforce: z
    .enum(["own", "strict"])
    .default("own")
    .describe(
      "What the operator enforces. own: the fields that it sets; it reports fields of other field managers that change what pods run. strict: it also removes those.",
    ),
  paused: z.boolean().default(false).describe("If true, the operator does not change any object."),
  deletionPolicy: z
    .enum(["Retain", "Delete"])
    .default("Retain")
    .describe(
      "What happens to topics, subscriptions and the messages in them when the RoutingService is deleted.",
    ),
});

/** A `spec` as it is written, without defaults. */
export type RoutingServiceSpecInput = z.input<typeof routingServiceSpecSchema>;

/** A `spec` with all defaults applied. */
export type RoutingServiceSpec = z.output<typeof routingServiceSpecSchema>;

/** The name of a `RoutingService`. The names of all its objects begin with it. */
export const routingServiceName = dnsLabel.max(40);

export const NAME_RULE =
  "metadata.name must be at most 40 lower-case letters (a-z), digits or hyphens, and begin and end with a letter or digit";

export interface RoutingServiceProps {
  /** See {@link NAME_RULE}. */
  readonly name: string;
  readonly namespace: string;
  readonly spec: RoutingServiceSpec;
}
