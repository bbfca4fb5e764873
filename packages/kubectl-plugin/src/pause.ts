import { ROUTING_SERVICE, type RoutingService } from "@dumbwaiter/routing-service";
import { type ClusterOptions, withCluster } from "./cluster.ts";
import type { Terminal } from "./terminal.ts";

/** Owns `spec.paused` while it is set: a server-side apply of another value fails with a conflict. */
const FIELD_MANAGER = "kubectl-dumbwaiter";

/** Sets or removes `spec.paused`. */
export async function setPaused(
  name: string,
  isPaused: boolean,
  options: ClusterOptions & { readonly output: string },
  terminal: Terminal,
): Promise<void> {
  await withCluster(options, terminal, async ({ client, namespace }) => {
    const object = { ...ROUTING_SERVICE, metadata: { name, namespace } };
    const before = (await client.get(object)) as RoutingService;
    const patch = { spec: { paused: isPaused || null } };
    const after = await client.mergePatch(object, patch, { fieldManager: FIELD_MANAGER });
    const isChanged = before.metadata.resourceVersion !== after.metadata.resourceVersion;
    if (options.output === "json") terminal.json({ name, namespace, paused: isPaused, changed: isChanged });
    else {
      const state = isPaused ? "paused" : "resumed";
      terminal.write(`routingservice.dumbwaiter.io/${name} ${isChanged ? "" : "already "}${state}`);
    }
  });
}
