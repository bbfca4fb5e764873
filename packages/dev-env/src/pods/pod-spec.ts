import { type KubernetesObject, parseProps, renderRoutingService } from "@dumbwaiter/infra";
import { PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import type { Stack } from "../stack/start-stack.ts";
import { NODE_ADDRESS } from "./node/node-network.ts";

/** The name of the routing service; its objects' names begin with it. */
export const NAME = "dumbwaiter";

export const DRAIN_SECONDS = 15;
export const PROCESSOR_MEMORY = "256Mi";

const TWO = { min: 2, max: 2 };

/** The names of the stack's topics and subscriptions. */
const pubsubNames = Object.fromEntries(PUBSUB_NAMES.map((variable) => [variable.key, variable.default]));

/**
 * The objects exactly as they are rendered for every installation, without patches. The spec connects the pods to the
 * servers outside.
 */
export function podObjects(
  namespace: string,
  { env, redis, pubsub, firestore, issuer }: Stack,
): KubernetesObject[] {
  const beside = ({ port }: { port: number }) => `${NODE_ADDRESS}:${port}`;
  const resources = { cpu: "100m", memory: "384Mi" };
  return renderRoutingService(
    parseProps(NAME, namespace, {
      images: { pullPolicy: "Never" },
      auth: {
        issuer: env.AUTH_ISSUER,
        audience: env.AUTH_AUDIENCE,
        jwksUrl: `http://${beside(issuer)}/.well-known/jwks.json`,
      },
      google: {
        project: env.GOOGLE_CLOUD_PROJECT,
        pubsub: pubsubNames,
        cloudResources: "external",
        emulators: { pubsub: beside(pubsub), firestore: beside(firestore) },
      },
      redis: { url: `redis://${beside(redis)}` },
      api: { replicas: TWO, resources },
      processor: { replicas: TWO, resources: { cpu: "100m", memory: PROCESSOR_MEMORY } },
      realtime: { replicas: TWO, resources, drainSeconds: DRAIN_SECONDS },
      shutdown: { preStopSeconds: 3, graceSeconds: 15 },
      // This node accounts for none: its kubelet cannot see the file systems.
      template: { container: { resources: { requests: { "ephemeral-storage": "0" } } } },
    }),
  );
}
