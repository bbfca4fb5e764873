import { eventually } from "@dumbwaiter/core/contracts/eventually";
import type { KubeClient, KubeObject } from "@dumbwaiter/kubernetes";
import { ownedObjects, type RoutingService, untilCondition } from "./routing-service.ts";

const CONTROLLED = /\.cnrm\.cloud\.google\.com\/|^gateway\.networking\.k8s\.io\//;
const MANAGER = "tests-of-dependencies";

/** A condition as Config Connector writes it when Google refuses a request. */
export const REFUSED = {
  ...{ type: "Ready", status: "False", reason: "UpdateFailed" },
  message: "Update call failed: googleapi: Error 403: The caller does not have permission, forbidden",
};

/** Writes an object's status in the place of its controller: Config Connector, or that of the Gateway. */
export async function reportStatus(client: KubeClient, object: KubeObject, status: object): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace = "" } = metadata;
  const body = { apiVersion, kind, metadata: { name, namespace }, status };
  await client.apply(body, { fieldManager: MANAGER, force: true, subresource: "status" });
}

/** Reports that every dependency of a routing service is in effect, in the place of their controllers. */
export async function reportHealthy(client: KubeClient, routingService: RoutingService): Promise<void> {
  for (const object of await ownedObjects(client, routingService)) {
    if (CONTROLLED.test(object.apiVersion)) await reportStatus(client, object, healthyStatusOf(object));
  }
}

/** Resolves once that is so, and the operator has seen it. */
export async function untilDependenciesReady(
  client: KubeClient,
  routingService: RoutingService,
): Promise<RoutingService> {
  return eventually(async () => {
    await reportHealthy(client, routingService);
    return untilCondition(client, routingService, "DependenciesReady", "True", 1_000);
  }, 90_000);
}

export function healthyStatusOf({ kind, metadata }: KubeObject): object {
  const conditions = (...types: string[]) =>
    types.map((type) => ({
      ...{ type, status: "True", reason: type, message: "", lastTransitionTime: "2030-01-01T00:00:00Z" },
      observedGeneration: metadata.generation,
    }));
  if (kind === "Gateway") return { conditions: conditions("Accepted", "Programmed") };
  if (kind !== "HTTPRoute")
    return { observedGeneration: metadata.generation, conditions: conditions("Ready") };
  const parent = { parentRef: { name: "gateway" }, controllerName: "example.org/gateway" };
  return { parents: [{ ...parent, conditions: conditions("Accepted", "ResolvedRefs") }] };
}
