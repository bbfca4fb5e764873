import { k8s } from "cdk8s-plus-27";
import { nameOf } from "../../object-metadata.ts";
import { templateOf } from "../../spec/merge-templates.ts";
import { mebibytes, type Quantity } from "../../spec/quantities.ts";
import type { Component, RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { ADMIN_PORT, HTTP_PORT } from "./container-config.ts";
import { storageOf } from "./ephemeral-storage.ts";
import { volumeMountsOf } from "./mounted-files.ts";
import { restrictedContainer } from "./pod-security.ts";

/** The share of memory for old JavaScript objects; the rest is for young ones, buffers of sockets and gRPC, and code. */
const OLD_SPACE_SHARE: Readonly<Record<Component, number>> = { api: 0.65, processor: 0.6, realtime: 0.65 };

/** Young objects may take three times this share, under load. */
const SEMI_SPACE_SHARE = 1 / 16;

/**
 * With less, what a message needs survives many collections, and is copied in each; more gains nothing. Realtime loses
 * little with 16, and the garbage of its buffers goes sooner. See ADR 56.
 */
const MAX_SEMI_SPACE_MEBIBYTES: Readonly<Record<Component, number>> = {
  api: 32,
  processor: 32,
  realtime: 16,
};

/** Our container of a component's pods. */
export function componentContainer(props: RoutingServiceProps, component: Component): k8s.Container {
  const { spec } = props;
  const { cpu, cpuLimit, memory } = spec[component].resources;
  const { urlSecret } = spec.redis;
  const volumeMounts = volumeMountsOf(spec);
  const quantity = (amount: Quantity) => k8s.Quantity.fromString(String(amount));
  const storage = storageOf(spec, templateOf(spec, component).container?.resources);
  return {
    name: component,
    image: imageOf(props, component),
    imagePullPolicy: spec.images.pullPolicy,
    envFrom: [{ configMapRef: { name: nameOf(props, component) } }],
    env: [
      { name: "NODE_OPTIONS", value: nodeOptions(mebibytes(memory), component) },
      ...(urlSecret?.as === "env" ? [redisUrlOf(urlSecret)] : []),
    ],
    ports: [
      ...(component === "processor" ? [] : [{ name: "http", containerPort: HTTP_PORT }]),
      { name: "admin", containerPort: ADMIN_PORT },
    ],
    resources: {
      requests: { cpu: quantity(cpu), memory: quantity(memory), ...storage.requests },
      limits: {
        memory: quantity(memory),
        ...(cpuLimit ? { cpu: quantity(cpuLimit) } : {}),
        ...storage.limits,
      },
    },
    startupProbe: probe("/readyz", { periodSeconds: 1, failureThreshold: 60 }),
    readinessProbe: probe("/readyz", { periodSeconds: 5, failureThreshold: 2 }),
    livenessProbe: probe("/healthz", { periodSeconds: 10, failureThreshold: 4 }),
    securityContext: restrictedContainer(spec.readOnlyRootFilesystem),
    ...(volumeMounts.length > 0 ? { volumeMounts } : {}),
  };
}

function nodeOptions(memoryMebibytes: number, component: Component): string {
  const oldSpace = Math.floor(memoryMebibytes * OLD_SPACE_SHARE[component]);
  const semiSpace = Math.min(
    Math.ceil(memoryMebibytes * SEMI_SPACE_SHARE),
    MAX_SEMI_SPACE_MEBIBYTES[component],
  );
  return `--max-old-space-size=${oldSpace} --max-semi-space-size=${semiSpace}`;
}

function redisUrlOf({ name, key }: { readonly name: string; readonly key: string }): k8s.EnvVar {
  return { name: "REDIS_URL", valueFrom: { secretKeyRef: { name, key } } };
}

function imageOf({ spec }: RoutingServiceProps, component: Component): string {
  const { registry, tag, digests } = spec.images;
  const digest = digests?.[component];
  const name = `${registry ? `${registry}/` : ""}dumbwaiter-${component}:${tag}`;
  return spec[component].image ?? (digest ? `${name}@${digest}` : name);
}

function probe(path: string, timing: Pick<k8s.Probe, "periodSeconds" | "failureThreshold">): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromString("admin") }, timeoutSeconds: 5, ...timing };
}
