import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import {
  applyRoutingService,
  conditionOf,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import type { RoutingServiceSpecInput } from "@dumbwaiter/infra";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const WAIT_MS = 90_000;
const POD = { apiVersion: "v1", kind: "Pod" };

let fixture: OperatorFixture;
beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
});
afterAll(async () => {
  await fixture?.stop();
  expect(fixture?.deaths).toEqual([]);
});

/** As in docs/operations.md. */
it.each([
  ["with an autoscaler", "scaled", { min: 1, max: 3 }],
  ["with a fixed number of processors", "fixed", { min: 1, max: 1 }],
])("a RoutingService moves to a restored database, %s", async (_, name, replicas) => {
  const { client, cluster, namespace } = fixture;
  const spec: RoutingServiceSpecInput = { ...SMALL, processor: { replicas } };
  const apply = (more: object) =>
    applyRoutingService(client, routingService(name, namespace, { ...spec, ...more }));
  const databaseOf = async (component: string) => {
    const metadata = { name: `${name}-${component}`, namespace };
    const { data } = await client.get({ apiVersion: "v1", kind: "ConfigMap", metadata });
    return (data as Record<string, string>).FIRESTORE_DATABASE;
  };
  const labelSelector = `app.kubernetes.io/instance=${name}`;
  const podsOf = async (component?: string) => {
    const pods = await client.list(POD, { namespace, labelSelector });
    const key = "app.kubernetes.io/component";
    return pods.filter(({ metadata }) => component === undefined || metadata.labels?.[key] === component);
  };
  const scale = (to: number) =>
    cluster.kubectl(["scale", `deployment/${name}-processor`, "-n", namespace, `--replicas=${to}`]);

  const service = await untilCondition(client, await apply({}), "Ready");
  const before = new Set((await podsOf()).map(({ metadata }) => metadata.uid));
  const paused = await untilCondition(client, await apply({ paused: true }), "Paused");
  expect(conditionOf(paused, "Paused")?.reason).toBe("Paused");
  await scale(0);
  await eventually(async () => expect(await podsOf("processor")).toEqual([]), WAIT_MS);
  const google = { ...SMALL.google, firestoreDatabase: "restored" };
  await expect(apply({ paused: true, google })).rejects.toThrow("google.firestoreDatabase is immutable");
  const moved = { google: { ...google, previousFirestoreDatabase: "(default)" } };
  await eventually(async () => {
    const held = await untilCondition(client, await apply({ ...moved, paused: true }), "Paused");
    expect(conditionOf(held, "Paused")?.reason).toBe("ChangesHeldBack");
    expect(conditionOf(held, "Ready")?.status).toBe("False");
  }, WAIT_MS);
  expect(await podsOf("processor")).toEqual([]);
  expect(await databaseOf("processor")).toBe("(default)");

  await apply(moved);
  await eventually(async () => {
    for (const component of ["api", "processor", "realtime"]) {
      expect(await databaseOf(component)).toBe("restored");
    }
  }, WAIT_MS);
  if (replicas.max > replicas.min) await scale(1);
  await untilCondition(client, service, "Ready");
  await eventually(async () => {
    const pods = await podsOf();
    expect(pods).toHaveLength(3);
    for (const { metadata } of pods) expect(before.has(metadata.uid)).toBe(false);
  }, WAIT_MS);
  // The next change needs the confirmation again.
  await expect(apply({ google: { ...moved.google, firestoreDatabase: "(default)" } })).rejects.toThrow(
    "is immutable",
  );
});
