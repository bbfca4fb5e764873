import { ApiError, type KubeClient } from "@dumbwaiter/kubernetes";
import { operatorOf, type RoutingService } from "@dumbwaiter/routing-service";

/** What is remarkable about the operator that would manage a RoutingService. */
export async function operatorWarnings(
  client: KubeClient,
  current: RoutingService | undefined,
  proposed: RoutingService,
): Promise<string[]> {
  const operator = operatorOf(proposed);
  if (operator === undefined) return [];
  const before = current && operatorOf(current);
  return [
    ...(before !== undefined && before !== operator
      ? [`The operator ${before} hands the RoutingService over to ${operator}`]
      : []),
    ...((await isLeading(client, operator))
      ? []
      : [`No process of the operator ${operator} holds its leader lease: nothing is changed until one does`]),
  ];
}

/**
 * By the holder alone: clocks of different machines are never compared.
 *
 * @returns true if that cannot be found out
 */
async function isLeading(client: KubeClient, operator: string): Promise<boolean> {
  const [namespace = "", name = ""] = operator.split("/");
  try {
    const metadata = { name, namespace };
    const lease = await client.find({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata });
    return Boolean((lease?.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity);
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}
