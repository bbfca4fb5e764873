import { ApiError, type KubeClient } from "@dumbwaiter/kubernetes";
import {
  claimantOf,
  keyOf,
  type NameConflict,
  nameConflict,
  ROUTING_SERVICE,
  type RoutingService,
} from "@dumbwaiter/routing-service";
import type { Terminal } from "../terminal.ts";

/** The conflicts of proposed RoutingServices with the names of others, by key. */
export async function nameConflicts(
  client: KubeClient,
  proposed: readonly RoutingService[],
  terminal: Terminal,
): Promise<ReadonlyMap<string, NameConflict>> {
  const all = new Map((await routingServices(client, proposed, terminal)).map((each) => [keyOf(each), each]));
  for (const each of proposed) all.set(keyOf(each), each);
  const claimants = [...all.values()].map((each) => claimantOf(each));
  const keys = new Set(proposed.map(keyOf));
  return new Map(
    claimants.flatMap((claimant) => {
      const conflict = keys.has(claimant.key) ? nameConflict(claimant, claimants) : undefined;
      return conflict === undefined ? [] : [[claimant.key, conflict]];
    }),
  );
}

/** Of all namespaces, or of those that the user may see. */
async function routingServices(
  client: KubeClient,
  proposed: readonly RoutingService[],
  terminal: Terminal,
): Promise<RoutingService[]> {
  try {
    return (await client.list(ROUTING_SERVICE)) as RoutingService[];
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
    const namespaces = [...new Set(proposed.map(({ metadata }) => metadata.namespace))];
    terminal.warn(
      `No permission to list the RoutingServices of all namespaces; names were compared only within ${namespaces.join(", ")}`,
    );
    const lists = await Promise.all(
      namespaces.map((namespace) => client.list(ROUTING_SERVICE, { namespace })),
    );
    return lists.flat() as RoutingService[];
  }
}
