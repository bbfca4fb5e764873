import { groupOf, type KubeClient, type KubeObject, versionOf } from "@dumbwaiter/kubernetes";
import type { RoutingService } from "./routing-service.ts";

const MANAGER = { fieldManager: "dumbwaiter-operator", force: true };

/** Applies the objects of a RoutingService as the operator of version 0.1.0 did, and writes the status that it wrote. */
export async function applyAs010(
  client: KubeClient,
  { apiVersion, kind, metadata }: RoutingService,
  objects: readonly KubeObject[],
): Promise<void> {
  const { name, namespace = "", uid = "", generation = 1 } = metadata;
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
  for (const object of objects) {
    await client.apply({ ...object, metadata: { ...object.metadata, ownerReferences } }, MANAGER);
  }
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, message: "", observedGeneration: generation },
    lastTransitionTime: "2026-11-28T00:00:00Z",
  });
  const status = {
    observedGeneration: generation,
    version: "0.1.0",
    lastAppliedHash: "of-0.1.0",
    conditions: [
      condition("Ready", "True", "AllAvailable"),
      condition("Progressing", "False", "Complete"),
      condition("Degraded", "False", "AsExpected"),
      condition("DependenciesReady", "True", "AllPresent"),
    ],
    inventory: objects.map((object) => ({
      ...{ group: groupOf(object), version: versionOf(object) },
      ...{ kind: object.kind, name: object.metadata.name },
    })),
  };
  const body = { apiVersion, kind, metadata: { name, namespace, uid }, status };
  await client.apply(body, { ...MANAGER, subresource: "status" });
}
