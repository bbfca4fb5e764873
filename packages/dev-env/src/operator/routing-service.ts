import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { ROUTING_SERVICE, type RoutingServiceSpecInput, type RoutingServiceStatus } from "@dumbwaiter/infra";
import { apiVersionOf, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";

export interface RoutingService extends KubeObject {
  readonly spec: RoutingServiceSpecInput;
  readonly status?: RoutingServiceStatus;
}

/** One pod for each component, no autoscalers, no cloud resources. */
export const SMALL: RoutingServiceSpecInput = {
  auth: { issuer: "https://id.example/", audience: "dumbwaiter", jwksUrl: "https://id.example/jwks.json" },
  google: { project: "a-project", projectNumber: "1234567890", cloudResources: "external" },
  redis: { urlSecret: { name: "redis" } },
  api: { replicas: { min: 1, max: 1 } },
  processor: { replicas: { min: 1, max: 1 } },
  realtime: { replicas: { min: 1, max: 1 } },
};

export function routingService(name: string, namespace: string, spec = SMALL): RoutingService {
  return { ...ROUTING_SERVICE, metadata: { name, namespace }, spec };
}

/** By server-side apply. */
export async function applyRoutingService(
  client: KubeClient,
  object: RoutingService,
): Promise<RoutingService> {
  return (await client.apply(object, { fieldManager: "tests", force: true })) as RoutingService;
}

export function conditionOf(object: RoutingService, type: string) {
  return object.status?.conditions?.find((condition) => condition.type === type);
}

/** Resolves with the routing service once its latest spec has been reconciled and the condition has this status. */
export async function untilCondition(
  client: KubeClient,
  object: RoutingService,
  type: string,
  status: "True" | "False" = "True",
  timeoutMs = 90_000,
): Promise<RoutingService> {
  return eventually(async () => {
    const live = (await client.get(object)) as RoutingService;
    const { observedGeneration, conditions = [] } = live.status ?? {};
    if (observedGeneration !== live.metadata.generation) {
      throw new Error(
        `generation ${live.metadata.generation} not reconciled yet: observed ${observedGeneration}`,
      );
    }
    const isSo = conditions.some((condition) => condition.type === type && condition.status === status);
    if (!isSo) throw new Error(`${type} is not ${status}: ${JSON.stringify(conditions, null, 1)}`);
    return live;
  }, timeoutMs);
}

export interface Said {
  readonly status?: "True" | "False";
  readonly reason: string;
  /** A part of it. */
  readonly message?: string | RegExp;
}

/** Resolves with the routing service once its latest spec has been reconciled, and a condition says this. */
export async function untilSaid(
  client: KubeClient,
  object: RoutingService,
  type: string,
  { status = "True", reason, message = "" }: Said,
  timeoutMs = 90_000,
): Promise<RoutingService> {
  return eventually(async () => {
    const live = await untilCondition(client, object, type, status, 1_000);
    const found = conditionOf(live, type);
    const isSaid =
      typeof message === "string" ? found?.message.includes(message) : found?.message.match(message);
    if (found?.reason !== reason || !isSaid) {
      throw new Error(`${type} is not ${status} with ${reason} ${message}: ${JSON.stringify(found)}`);
    }
    return live;
  }, timeoutMs);
}

/** The live objects of its inventory. */
export async function ownedObjects(client: KubeClient, object: RoutingService): Promise<KubeObject[]> {
  const { namespace = "" } = object.metadata;
  const live = (await client.get(object)) as RoutingService;
  return Promise.all(
    (live.status?.inventory ?? []).map(({ group, version, kind, name }) =>
      client.get({ apiVersion: apiVersionOf({ group, version }), kind, metadata: { name, namespace } }),
    ),
  );
}

/** The messages of the RoutingService's Events with a reason. */
export async function eventMessages(
  client: KubeClient,
  namespace: string,
  reason: string,
): Promise<string[]> {
  const fieldSelector = `involvedObject.kind=${ROUTING_SERVICE.kind},reason=${reason}`;
  const events = await client.list({ apiVersion: "v1", kind: "Event" }, { namespace, fieldSelector });
  return events.map(({ message }) => String(message));
}

export async function exists(client: KubeClient, object: KubeObject): Promise<boolean> {
  return (await client.find(object)) !== undefined;
}
