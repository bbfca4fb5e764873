import type { KubeObject } from "@dumbwaiter/kubernetes";
import { COMPONENT_LABEL } from "./routing-service.ts";

/** Where pods run and what they may use is for others to decide, too: it changes nothing of what they do. */
const POD_FIELDS_OF_OTHERS = new Set([
  ...["affinity", "nodeSelector", "tolerations", "topologySpreadConstraints", "schedulerName"],
  ...["priorityClassName", "priority", "preemptionPolicy", "terminationGracePeriodSeconds", "restartPolicy"],
]);
const CONTAINER_FIELDS_OF_OTHERS = new Set([
  ...["resources", "resizePolicy", "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy"],
]);
const CONTAINERS = new Set(["f:containers", "f:initContainers"]);
const POD = ["f:spec", "f:template", "f:spec"];

/** Whom a service account acts as at Google. */
const GOOGLE_IDENTITY = "f:iam.gke.io/gcp-service-account";

/**
 * Whether a field of an object changes what its pods run, as whom, with which settings or network.
 *
 * @param steps as in `managedFields`: `f:spec`, `k:{"name":"api"}`
 */
export function changesWhatRuns(object: KubeObject, steps: readonly string[]): boolean {
  const [first, second, third] = steps;
  switch (object.kind) {
    case "Deployment":
      return first === "f:spec" && (second === "f:paused" || changesPods(steps));
    case "ConfigMap":
      // Containers get all its entries as variables.
      return (
        ["f:data", "f:binaryData"].includes(first ?? "") &&
        object.metadata.labels?.[COMPONENT_LABEL] !== undefined
      );
    case "ServiceAccount":
      return first === "f:metadata" && second === "f:annotations" && third === GOOGLE_IDENTITY;
    case "Service":
    case "NetworkPolicy":
    case "Ingress":
    case "HTTPRoute":
      return first === "f:spec";
    default:
      return false;
  }
}

function changesPods(steps: readonly string[]): boolean {
  const [list, , ofContainer] = steps.slice(POD.length);
  if (list === undefined || !POD.every((step, index) => steps[index] === step)) return false;
  if (POD_FIELDS_OF_OTHERS.has(nameOf(list))) return false;
  return (
    !CONTAINERS.has(list) || ofContainer === undefined || !CONTAINER_FIELDS_OF_OTHERS.has(nameOf(ofContainer))
  );
}

function nameOf(step: string): string {
  return step.slice(2);
}
