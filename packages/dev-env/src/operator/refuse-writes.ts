import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { isNotFound, type KubeClient } from "@dumbwaiter/kubernetes";
import { uniqueName } from "../servers/index.ts";

export interface Refusal {
  readonly group: "" | "apps" | "autoscaling";
  /** In the plural: `deployments`. */
  readonly resource: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  /** In CEL, of the writes that are allowed. */
  readonly allowed: string;
}

export const REFUSAL = "refused by the platform team";

/**
 * Has the API server refuse some writes in a namespace with 403, as the admission policy of a platform team does.
 *
 * @param probe a write that is refused, as a dry run
 * @returns once that is so: ends it
 */
export async function refuseWrites(
  client: KubeClient,
  namespace: string,
  { group, resource, operation, allowed }: Refusal,
  probe: () => Promise<unknown>,
): Promise<() => Promise<void>> {
  const metadata = { name: uniqueName("refusal") };
  const head = { apiVersion: "admissionregistration.k8s.io/v1", metadata };
  const policy = {
    ...{ ...head, kind: "ValidatingAdmissionPolicy" },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        resourceRules: [
          { apiGroups: [group], apiVersions: ["*"], operations: [operation], resources: [resource] },
        ],
      },
      validations: [{ expression: allowed, message: REFUSAL, reason: "Forbidden" }],
    },
  };
  const binding = {
    ...{ ...head, kind: "ValidatingAdmissionPolicyBinding" },
    spec: { policyName: metadata.name, validationActions: ["Deny"] },
  };
  await client.create(policy);
  await client.create(binding);
  await eventually(async () => {
    const error = await probe().catch((refusal: unknown) => refusal);
    if (!(error instanceof Error && error.message.includes(REFUSAL))) {
      throw new Error("the policy is not in effect yet");
    }
  });
  return async () => {
    for (const object of [binding, policy]) {
      await client.delete(object).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  };
}
