import { appliedBy, groupOf, type Kind, type KubeObject } from "@dumbwaiter/kubernetes";
import { contentHash } from "./content-hash.ts";
import { type Deployment, type DeploymentState, deploymentState } from "./deployment-state.ts";
import { type ForeignField, foreignFieldsOf } from "./foreign-fields.ts";
import { type HealthProblem, healthProblemOf } from "./object-health.ts";
import { belongsTo, routingServiceReference } from "./ownership.ts";
import { FIELD_MANAGER } from "./routing-service.ts";

/** What the operator remembers of a live object. */
export interface OwnedObject extends Kind {
  readonly key: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Changes with all that the object asks for; in kinds that count no generations, with every write. */
  readonly contentVersion: string;
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
  /** Why it is not in effect, if its controller says so. */
  readonly healthProblem?: HealthProblem | undefined;
  /** What others added that changes what its pods run. */
  readonly foreignFields: readonly ForeignField[];
}

/** The same for an object in any version of its group. */
export function objectKey({ apiVersion, kind }: Kind, namespace: string, name: string): string {
  return `${groupOf({ apiVersion })}/${kind}/${namespace}/${name}`;
}

/** @param known what was last observed of the object, to tell the changes of a Deployment's pods from others */
export function observe(object: KubeObject, known?: OwnedObject): OwnedObject {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = "", uid = "", resourceVersion = "0", generation } = metadata;
  const instance = belongsTo(metadata);
  return {
    ...{ key: objectKey(object, namespace, name), apiVersion, kind, name, namespace, uid, resourceVersion },
    contentVersion: `${generation ?? resourceVersion}`,
    routingService: instance === undefined ? undefined : `${namespace}/${instance}`,
    ownerUid: routingServiceReference(metadata)?.uid,
    isTerminating: metadata.deletionTimestamp !== undefined,
    fingerprint: fingerprintOf(object),
    healthProblem: healthProblemOf(object),
    foreignFields: foreignFieldsOf(object),
    ...(kind === "Deployment" && object.spec !== undefined
      ? {
          deployment: deploymentState(
            object as Deployment,
            known?.uid === uid ? known.deployment : undefined,
          ),
        }
      : {}),
  };
}

function fingerprintOf(object: KubeObject): string {
  const entry = appliedBy(object, FIELD_MANAGER);
  return entry === undefined ? "" : contentHash([entry.time, entry.fieldsV1]);
}
