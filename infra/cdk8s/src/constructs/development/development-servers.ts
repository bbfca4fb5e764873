import { PUBSUB_NAMES } from "@dumbwaiter/service/settings";
import { JsonPatch } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { namesOf } from "../../spec/names.ts";
import type { RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { ADMIN_PORT, HTTP_PORT } from "../workload/container-config.ts";
import { ephemeralStorage } from "../workload/ephemeral-storage.ts";
import { restrictedContainer } from "../workload/pod-security.ts";
import { DevelopmentServer } from "./development-server.ts";

/** Images of the servers that replace Google Cloud, Redis and the identity provider in development. */
export interface DevelopmentImages {
  readonly redis: string;
  /** The Google Cloud CLI with its emulators. */
  readonly emulators: string;
  /** Creates the topics and subscriptions. */
  readonly provision: string;
  readonly issuer: string;
}

const REDIS_PORT = 6379;
const PUBSUB_PORT = 8085;
const FIRESTORE_PORT = 8086;

/** Redis, Google's emulators and an issuer that issues a token for any user to any caller. */
export class DevelopmentServers extends Construct {
  constructor(scope: Construct, id: string, props: RoutingServiceProps, images: DevelopmentImages) {
    super(scope, id);
    new DevelopmentServer(this, "redis", props, {
      part: "redis",
      ports: { redis: REDIS_PORT },
      container: container("redis", images.redis, "256Mi", {
        command: ["redis-server", "--save", "", "--appendonly", "no"],
        readinessProbe: tcpProbe(REDIS_PORT),
      }),
    });
    new DevelopmentServer(this, "issuer", props, {
      part: "issuer",
      ports: { http: HTTP_PORT },
      container: container("issuer", images.issuer, "256Mi", {
        env: [
          { name: "DEV_ISSUER", value: "1" },
          // The images set production, in which the issuer refuses to start.
          { name: "NODE_ENV", value: "development" },
          { name: "PORT", value: String(HTTP_PORT) },
          { name: "ADMIN_PORT", value: String(ADMIN_PORT) },
        ],
        readinessProbe: tcpProbe(HTTP_PORT),
      }),
    });
    this.#emulators(props, images);
  }

  /** A single pod: ready once the topics exist, and when the emulator restarts with no data, they are created again. */
  #emulators(props: RoutingServiceProps, images: DevelopmentImages): void {
    const { project } = props.spec.google;
    const { pubsub } = namesOf(props);
    const names = PUBSUB_NAMES.map(({ name, key }) => [name, pubsub[key]]);
    const emulator = (name: string, memory: string, port: number, command: readonly string[]) =>
      container(name, images.emulators, memory, {
        command: ["gcloud", ...command, "emulators", name, "start", `--host-port=0.0.0.0:${port}`],
        env: [
          { name: "HOME", value: "/tmp" },
          { name: "CLOUDSDK_CORE_PROJECT", value: project },
          { name: "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", value: "true" },
        ],
        startupProbe: { ...tcpProbe(port), periodSeconds: 1, failureThreshold: 120 },
      });
    const provision = container("provision", images.provision, "256Mi", {
      env: Object.entries({
        GOOGLE_CLOUD_PROJECT: project,
        PUBSUB_EMULATOR_HOST: `127.0.0.1:${PUBSUB_PORT}`,
        METADATA_SERVER_DETECTION: "none",
        ...(Object.fromEntries(names) as Record<string, string>),
      }).map(([name, value]) => ({ name, value })),
    });
    const { deployment } = new DevelopmentServer(this, "emulators", props, {
      part: "emulators",
      ports: { pubsub: PUBSUB_PORT, firestore: FIRESTORE_PORT },
      initContainers: [emulator("pubsub", "1Gi", PUBSUB_PORT, ["beta"]), provision],
      container: emulator("firestore", "1536Mi", FIRESTORE_PORT, []),
    });
    // A sidecar: it starts before the other containers and keeps running. The types of 1.27 lack the field.
    deployment.addJsonPatch(JsonPatch.add("/spec/template/spec/initContainers/0/restartPolicy", "Always"));
  }
}

function container(name: string, image: string, memory: string, rest: Partial<k8s.Container>): k8s.Container {
  const quantity = k8s.Quantity.fromString;
  const { requests, limits } = ephemeralStorage();
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    resources: {
      requests: { cpu: quantity("50m"), memory: quantity(memory), ...requests },
      limits: { memory: quantity(memory), ...limits },
    },
    securityContext: restrictedContainer(),
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
    ...rest,
  };
}

function tcpProbe(port: number): k8s.Probe {
  return { tcpSocket: { port: k8s.IntOrString.fromNumber(port) }, periodSeconds: 5 };
}
