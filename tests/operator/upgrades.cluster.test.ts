import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { installPlugin } from "@dumbwaiter/dev-env/kubectl-plugin/installed-plugin";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import { permissiveCrds } from "@dumbwaiter/dev-env/operator/permissive-crds";
import {
  applyRoutingService,
  conditionOf,
  eventMessages,
  exists,
  ownedObjects,
  type RoutingService,
  routingService,
  SMALL,
  untilCondition,
  untilSaid,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { customResourceDefinition, parseProps, renderRoutingService } from "@dumbwaiter/infra";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

let cluster: OwnedCluster;
let client: KubeClient;
let namespace: string;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await startCluster();
  namespace = await cluster.namespace();
  const kubeconfigPath = await grantRights(cluster, namespace);
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  await client.apply(withOpenSchema(customResourceDefinition() as KubeObject), {
    fieldManager: "tests",
    force: true,
  });
  operator = await startOperator({ kubeconfigPath, namespaces: [namespace] });
}, 240_000);
afterAll(async () => {
  await operator?.stop();
  await client?.close();
  await cluster?.stop();
});

/** A CRD that accepts any field, like one of a version with other fields. */
function withOpenSchema(crd: KubeObject): KubeObject {
  const any = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const spec = crd.spec as { versions: object[] };
  const openAPIV3Schema = { type: "object", properties: { spec: any, status: any } };
  return {
    ...crd,
    spec: {
      ...spec,
      versions: spec.versions.map((version) => ({ ...version, schema: { openAPIV3Schema } })),
    },
  };
}

const untilMissing = (service: RoutingService, message: string) =>
  untilSaid(client, service, "DependenciesReady", {
    status: "False",
    reason: "DependenciesMissing",
    message,
  });

async function generations(service: RoutingService): Promise<(number | undefined)[]> {
  const objects = await ownedObjects(client, service);
  return objects.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.generation);
}

it("a stored spec that is invalid can be paused", async () => {
  const invalid = { ...routingService("invalid", namespace), spec: { paused: true } } as RoutingService;
  await client.apply(invalid, { fieldManager: "tests" });
  const live = await untilCondition(client, invalid, "Paused");
  expect(conditionOf(live, "Degraded")).toMatchObject({ status: "True", reason: "InvalidSpec" });
  await client.delete(invalid);
});

it("a plan says that a spec is invalid, although the API server stores it, and what it ignores", async () => {
  const plugin = await installPlugin(cluster);
  const plan = (name: string, spec: object) =>
    plugin.run(["plan", "-f", "-"], { stdin: JSON.stringify({ ...routingService(name, namespace), spec }) });
  const invalid = await plan("invalid", { ...SMALL, redis: {} });
  expect(invalid.exitCode).toBe(1);
  expect(invalid.stdout).toMatch(/^InvalidSpec: .*redis\.urlSecret/m);
  expect(invalid.stderr).toContain(`would not apply RoutingService ${namespace}/invalid: `);
  const unknown = await plan("unknown", { ...SMALL, flavour: "of old" });
  expect(unknown).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("spec.flavour") });
  await plugin.uninstall();
});

describe("an upgrade", () => {
  it("reads specs of another version, and replaces no pods if only the CRD or the operator changes", async () => {
    const api = { ...SMALL.api, sidecar: "of old" };
    const old = {
      ...routingService("old", namespace),
      spec: { ...SMALL, api, flavour: "of old" },
    } as RoutingService;
    await client.apply(old, { fieldManager: "tests" });
    const service = await untilCondition(client, old, "Ready");
    const before = await generations(service);
    await eventually(async () => {
      expect(await eventMessages(client, namespace, "UnknownFields")).toEqual([
        expect.stringMatching(/spec\.flavour.*spec\.api\.sidecar|spec\.api\.sidecar.*spec\.flavour/),
      ]);
    }, 60_000);

    await client.apply(customResourceDefinition() as KubeObject, { fieldManager: "tests", force: true });
    const policy = { ...SMALL, deletionPolicy: "Delete" as const };
    await eventually(
      () => client.apply(routingService("old", namespace, policy), { fieldManager: "other", force: true }),
      60_000,
    );
    await untilCondition(client, old, "Ready");
    await operator.kill("SIGTERM");
    await operator.restart();
    await eventually(async () => {
      const done = await operator.metric("dumbwaiter_operator_reconciles_total", { result: "success" });
      expect(done).toBeGreaterThan(0);
    }, 60_000);
    await untilCondition(client, old, "Ready");
    expect(await generations(service)).toEqual(before);
  });
});

describe("a required kind", () => {
  it("is left out until it is installed, and used from then on", async () => {
    const route = { kind: "ingress", className: "gce", host: "m.example", tlsSecret: "tls" } as const;
    const spec = { ...SMALL, route, monitoring: { system: "prometheusOperator" as const } };
    const service = await applyRoutingService(client, routingService("missing", namespace, spec));
    const available = await untilCondition(client, service, "RealtimeAvailable");
    const dependencies = conditionOf(available, "DependenciesReady");
    expect(dependencies).toMatchObject({ status: "False", reason: "DependenciesMissing" });
    expect(dependencies?.message).toContain("ServiceMonitor (monitoring.coreos.com/v1) is not installed");
    expect(conditionOf(available, "Degraded")?.status).toBe("False");
    // Messages flow without monitoring, but not as they should without the load balancer's settings.
    const incomplete = await eventually(async () => {
      const live = await untilCondition(client, service, "Ready", "False");
      expect(conditionOf(live, "Ready")?.reason).toBe("DependenciesMissing");
      return live;
    }, 90_000);
    expect(conditionOf(incomplete, "Ready")?.message).toContain("BackendConfig");
    expect(conditionOf(incomplete, "Ready")?.message).not.toContain("ServiceMonitor");

    const crds = permissiveCrds(renderRoutingService(parseProps("missing", namespace, spec))) as KubeObject[];
    await cluster.apply(crds);
    await untilCondition(client, service, "DependenciesReady");
    await untilCondition(client, service, "Ready");
    const kinds = (await ownedObjects(client, service)).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["BackendConfig", "ServiceMonitor", "PrometheusRule"]));

    // A finalizer keeps the CRD in the terminating state.
    const kept = { apiVersion: "monitoring.coreos.com/v1", kind: "ServiceMonitor" };
    const metadata = { name: "kept", namespace };
    const apply = (finalizers: string[]) =>
      client.apply(
        { ...kept, metadata: { ...metadata, finalizers } },
        { fieldManager: "other", force: true },
      );
    await apply(["example.org/keep"]);
    for (const crd of crds) await client.delete(crd);
    await untilMissing(service, "ServiceMonitor (monitoring.coreos.com/v1) is being uninstalled");
    await apply([]);
    const again = await untilMissing(service, "ServiceMonitor (monitoring.coreos.com/v1) is not installed");
    expect(conditionOf(again, "Degraded")?.status).toBe("False");
    // The operator sets no finalizer that would wait for the missing kind.
    await client.delete(service);
    await eventually(async () => expect(await exists(client, service)).toBe(false), 60_000);
  });
});
