import { REFERENCES_ANNOTATION } from "@dumbwaiter/infra";
import { appliedBy, fieldPaths, type KubeObject, ownersOf } from "@dumbwaiter/kubernetes";
import { podTemplateHash } from "./content-hash.ts";
import { FIELD_MANAGER } from "./routing-service.ts";

const REPLICAS = ".spec.replicas";

/** What the operator remembers of a live Deployment. */
export interface DeploymentState {
  readonly observedGeneration: number;
  /** The first generation with the current pod template, as far as is known. Scaling makes generations, too. */
  readonly templateGeneration: number;
  readonly desiredReplicas: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
  /** Whether its latest rollout has completed, whatever happened to pods since. Its controller remembers it. */
  readonly hasCompleted: boolean;
  readonly hasMissedDeadline: boolean;
  /** Why it makes no progress, if its controller says so. */
  readonly deadlineMessage: string;
  /** Why pods cannot be created: a quota, a missing PriorityClass, a refusal by admission. */
  readonly replicaFailure: string | undefined;
  readonly templateHash: string;
  /** The versions of what its pods refer to, as annotated. */
  readonly references: string | undefined;
  /** Whether the operator is the only owner of `spec.replicas`. */
  readonly replicasAreOurs: boolean;
}

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

function referencesAnnotated(template: unknown): string | undefined {
  type Template = { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  return (template as Template).metadata?.annotations?.[REFERENCES_ANNOTATION];
}

/** @param known what was last observed of it */
export function deploymentState(deployment: Deployment, known: DeploymentState | undefined): DeploymentState {
  const { metadata, spec, status = {} } = deployment;
  const condition = (type: string) => status.conditions?.find((each) => each.type === type);
  const progressing = condition("Progressing");
  const failure = condition("ReplicaFailure");
  const templateHash = podTemplateHash(deployment);
  return {
    observedGeneration: status.observedGeneration ?? 0,
    templateGeneration:
      known?.templateHash === templateHash ? known.templateGeneration : (metadata.generation ?? 0),
    desiredReplicas: spec.replicas ?? 1,
    replicas: status.replicas ?? 0,
    readyReplicas: status.readyReplicas ?? 0,
    updatedReplicas: status.updatedReplicas ?? 0,
    availableReplicas: status.availableReplicas ?? 0,
    hasCompleted: progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable",
    hasMissedDeadline: progressing?.status === "False" && progressing.reason === "ProgressDeadlineExceeded",
    deadlineMessage: progressing?.status === "False" ? (progressing.message ?? "") : "",
    replicaFailure: failure?.status === "True" ? (failure.message ?? failure.reason ?? "") : undefined,
    templateHash,
    references: referencesAnnotated(spec.template),
    replicasAreOurs:
      fieldPaths(appliedBy(deployment, FIELD_MANAGER)?.fieldsV1).includes(REPLICAS) &&
      ownersOf(deployment, REPLICAS, FIELD_MANAGER).length === 0,
  };
}
