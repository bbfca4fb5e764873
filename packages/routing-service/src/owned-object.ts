import { appliedBy, fieldPaths, groupOf, type Kind, type KubeObject, ownersOf } from "@dumbwaiter/kubernetes";
import { contentHash, podTemplateHash } from "./content-hash.ts";
import { belongsTo } from "./ownership.ts";
import { FIELD_MANAGER, ROUTING_SERVICE } from "./routing-service.ts";

const REPLICAS = ".spec.replicas";

/** What the operator remembers of a live object. */
export interface OwnedObject extends Kind {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Key of the routing service that it belongs to; undefined if it is somebody else's. */
  readonly routingService: string | undefined;
  /** The uid of its owner reference to a routing service, if any. */
  readonly ownerUid: string | undefined;
  readonly isTerminating: boolean;
  /**
   * Changes if another manager, or another process with our field manager, changes or removes a field that we applied:
   * the API server removes the field from our entry of `managedFields`, or updates the entry's time.
   */
  readonly fingerprint: string;
  readonly deployment?: DeploymentState;
}

export interface DeploymentState {
  readonly generation: number;
  readonly observedGeneration: number;
  readonly desiredReplicas: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly updatedReplicas: number;
  readonly isAvailable: boolean;
  readonly hasMissedDeadline: boolean;
  /** The message of its condition: why it does not progress. */
  readonly message: string;
  readonly templateHash: string;
  /** Whether the operator is the only owner of `spec.replicas`. */
  readonly replicasAreOurs: boolean;
}

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas?: number; readonly template: unknown };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

/** The same for an object in any version of its group. */
export function objectKey({ apiVersion, kind }: Kind, namespace: string, name: string): string {
  return `${groupOf({ apiVersion })}/${kind}/${namespace}/${name}`;
}

export function observe(object: KubeObject): OwnedObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = "", uid = "", resourceVersion = "0" } = metadata;
  const owner = metadata.ownerReferences?.find(
    (reference) => reference.kind === ROUTING_SERVICE.kind && groupOf(reference) === groupOf(ROUTING_SERVICE),
  );
  const instance = belongsTo(metadata);
  return {
    ...{ key: objectKey(object, namespace, name), apiVersion, kind, name, namespace, uid, resourceVersion },
    routingService: instance === undefined ? undefined : `${namespace}/${instance}`,
    ownerUid: owner?.uid,
    isTerminating: metadata.deletionTimestamp !== undefined,
    fingerprint: fingerprintOf(object),
    ...(kind === "Deployment" && object.spec !== undefined
      ? { deployment: deploymentState(object as Deployment) }
      : {}),
  };
}

function fingerprintOf(object: KubeObject): string {
  const entry = appliedBy(object, FIELD_MANAGER);
  return entry === undefined ? "" : contentHash([entry.time, entry.fieldsV1]);
}

function deploymentState(deployment: Deployment): DeploymentState {
  const { metadata, spec, status = {} } = deployment;
  const condition = (type: string) => status.conditions?.find((each) => each.type === type);
  const progressing = condition("Progressing");
  return {
    generation: metadata.generation ?? 0,
    observedGeneration: status.observedGeneration ?? 0,
    desiredReplicas: spec.replicas ?? 1,
    replicas: status.replicas ?? 0,
    readyReplicas: status.readyReplicas ?? 0,
    updatedReplicas: status.updatedReplicas ?? 0,
    isAvailable: condition("Available")?.status === "True",
    hasMissedDeadline: progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded",
    message: (progressing?.status === "False" ? progressing : condition("Available"))?.message ?? "",
    templateHash: podTemplateHash(deployment),
    replicasAreOurs:
      fieldPaths(appliedBy(deployment, FIELD_MANAGER)?.fieldsV1).includes(REPLICAS) &&
      ownersOf(deployment, REPLICAS, FIELD_MANAGER).length === 0,
  };
}
