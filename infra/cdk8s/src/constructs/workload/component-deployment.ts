import { ApiObject, JsonPatch } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import type { Construct } from "constructs";
import { labelsOf, metadataOf, nameOf, selectorOf } from "../../object-metadata.ts";
import { templateOf } from "../../spec/merge-templates.ts";
import { CONFIG_HASH } from "../../spec/reserved-names.ts";
import type { Component, RoutingServiceProps } from "../../spec/routing-service-props.ts";
import { replicasOf } from "./autoscaler.ts";
import { componentContainer } from "./component-container.ts";
import { volumesOf } from "./mounted-files.ts";
import { RESTRICTED_POD } from "./pod-security.ts";
import { gracePeriodSeconds, preStopSeconds } from "./stop-times.ts";
import { type OwnDeployment, withTemplate } from "./with-template.ts";

/** @param configHash changes with the configuration, so that a change rolls the pods */
export function componentDeployment(
  scope: Construct,
  props: RoutingServiceProps,
  component: Component,
  configHash: string,
): ApiObject {
  const { spec } = props;
  const manifest: OwnDeployment = k8s.KubeDeployment.manifest({
    metadata: metadataOf(props, nameOf(props, component), component),
    spec: {
      ...replicasOf(spec[component]),
      selector: { matchLabels: selectorOf(props, component) },
      revisionHistoryLimit: 5,
      // No pod stops before its replacement is ready: realtime's clients would have nowhere to go.
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
          annotations: { [CONFIG_HASH]: configHash },
        },
        spec: podSpec(props, component),
      },
    },
  });
  // The types of Kubernetes 1.27 have no `preStop.sleep`, and the image has no shell to run `sleep` in.
  const deployment = new ApiObject(scope, "deployment", withTemplate(manifest, templateOf(spec, component)));
  const seconds = preStopSeconds(spec, component);
  if (seconds > 0) {
    const preStop = { sleep: { seconds } };
    deployment.addJsonPatch(JsonPatch.add("/spec/template/spec/containers/0/lifecycle", { preStop }));
  }
  return deployment;
}

function podSpec(props: RoutingServiceProps, component: Component): k8s.PodSpec {
  const { spec } = props;
  const { priorityClassName, nodeSelector, tolerations } = spec[component];
  const { pullSecrets } = spec.images;
  const volumes = volumesOf(spec);
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
    ...(volumes.length > 0 ? { volumes } : {}),
    ...(pullSecrets ? { imagePullSecrets: pullSecrets.map((name) => ({ name })) } : {}),
    ...(priorityClassName ? { priorityClassName } : {}),
    ...(nodeSelector ? { nodeSelector } : {}),
    ...(tolerations ? { tolerations: tolerations.map(withoutUndefined) } : {}),
  };
}

function withoutUndefined(toleration: object): k8s.Toleration {
  return Object.fromEntries(Object.entries(toleration).filter(([, value]) => value !== undefined));
}
