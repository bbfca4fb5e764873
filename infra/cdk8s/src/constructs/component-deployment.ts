import { ApiObject, JsonPatch } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import type { Construct } from "constructs";
import type { Component, RoutingServiceProps } from "../routing-service-props.ts";
import { componentContainer } from "./component-container.ts";
import { labelsOf, metadataOf, nameOf, selectorOf } from "./names.ts";
import { replicasOf } from "./replicas.ts";
import { RESTRICTED_POD } from "./restricted.ts";
import { gracePeriodSeconds } from "./stopping.ts";

/** @param configHash changes with the configuration, and so rolls the pods */
export function componentDeployment(
  scope: Construct,
  props: RoutingServiceProps,
  component: Component,
  configHash: string,
): ApiObject {
  const { spec } = props;
  const manifest = k8s.KubeDeployment.manifest({
    metadata: metadataOf(props, nameOf(props, component), component),
    spec: {
      ...replicasOf(spec[component]),
      selector: { matchLabels: selectorOf(props, component) },
      revisionHistoryLimit: 5,
      // Nobody stops before a successor is ready; realtime's sockets would have nowhere to go.
      strategy: {
        type: "RollingUpdate",
        rollingUpdate: {
          maxUnavailable: k8s.IntOrString.fromNumber(0),
          maxSurge: k8s.IntOrString.fromString("25%"),
        },
      },
      template: {
        metadata: {
          labels: labelsOf(props, component),
          annotations: { "dumbwaiter.io/config-hash": configHash },
        },
        spec: podSpec(props, component),
      },
    },
  });
  // The typed object would drop what 1.27 did not know; an image without a shell has no `sleep` to execute.
  const deployment = new ApiObject(scope, "deployment", manifest);
  if (spec.shutdown.preStopSeconds > 0) {
    const preStop = { sleep: { seconds: spec.shutdown.preStopSeconds } };
    deployment.addJsonPatch(JsonPatch.add("/spec/template/spec/containers/0/lifecycle", { preStop }));
  }
  return deployment;
}

function podSpec(props: RoutingServiceProps, component: Component): k8s.PodSpec {
  const { spec } = props;
  const { priorityClassName, nodeSelector, tolerations } = spec[component];
  const { pullSecrets } = spec.images;
  const { caConfigMap } = spec.redis;
  return {
    serviceAccountName: nameOf(props, component),
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: gracePeriodSeconds(spec, component),
    securityContext: RESTRICTED_POD,
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
      (topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selectorOf(props, component) },
        matchLabelKeys: ["pod-template-hash"],
      }),
    ),
    containers: [componentContainer(props, component)],
    ...(caConfigMap ? { volumes: [{ name: "redis-ca", configMap: { name: caConfigMap.name } }] } : {}),
    ...(pullSecrets ? { imagePullSecrets: pullSecrets.map((name) => ({ name })) } : {}),
    ...(priorityClassName ? { priorityClassName } : {}),
    ...(nodeSelector ? { nodeSelector } : {}),
    ...(tolerations ? { tolerations: tolerations.map(withoutUndefined) } : {}),
  };
}

function withoutUndefined(toleration: object): k8s.Toleration {
  return Object.fromEntries(Object.entries(toleration).filter(([, value]) => value !== undefined));
}
