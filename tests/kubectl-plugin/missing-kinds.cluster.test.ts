import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { type InstalledPlugin, installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { routingService } from "@dumbwaiter/dev-env/operator/routing-service";
import {
  customResourceDefinition,
  ENVIRONMENTS,
  isBuiltInKind,
  parseProps,
  renderRoutingService,
} from "@dumbwaiter/infra";
import type { Plan } from "@dumbwaiter/kubectl-plugin/plan";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

/** A cluster of its own: other tests install these kinds in the shared one. */
let cluster: OwnedCluster;
let plugin: InstalledPlugin;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 });
  plugin = await installPlugin(cluster);
});
afterAll(async () => {
  await plugin?.uninstall();
  await cluster?.stop();
});

it("a plan lists missing kinds, and plans the rest", async () => {
  const { name, spec } = ENVIRONMENTS.find(
    ({ id }) => id === "gke-production",
  ) as (typeof ENVIRONMENTS)[number];
  const namespace = await cluster.namespace();
  const args = ["plan", "-f", "-", "--output", "json"];
  const options = { stdin: JSON.stringify(routingService(name, namespace, spec)) };
  const without = await plugin.run(args, options);
  expect(without).toMatchObject({ exitCode: 1, stdout: "" });
  expect(without.stderr).toContain('no matches for kind "RoutingService"');

  await cluster.apply([customResourceDefinition()]);
  await cluster.untilEstablished("routingservices.dumbwaiter.io");
  const { exitCode, stdout, stderr } = await plugin.run(args, options);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const [plan] = (JSON.parse(stdout) as { plans: Plan[] }).plans;
  const rendered = renderRoutingService(parseProps(name, namespace, spec));
  const foreign = rendered.filter((object) => !isBuiltInKind(object));
  expect(foreign.length).toBeGreaterThan(10);
  expect(plan?.missing).toEqual(
    Object.fromEntries(
      foreign.map(({ kind, apiVersion }) => [`${kind} (${apiVersion})`, "is not installed"]),
    ),
  );
  expect(plan?.objects.map((object) => `${object.action} ${object.kind} ${object.name}`)).toEqual(
    rendered
      .filter((object) => !foreign.includes(object))
      .map(({ kind, metadata }) => `create ${kind} ${metadata.name}`),
  );
  expect(plan?.refused).toEqual([]);
});
