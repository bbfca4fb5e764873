import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { connectKubernetes, type KubeClient } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 60_000;
const LEASE_SECONDS = 6;
const LEASE = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };

let cluster: TestCluster;
let client: KubeClient;
let namespace: string;
let operators: OperatorProcess[];
/** One service account each, so that the audit log distinguishes them. */
let accounts: string[];

beforeAll(async () => {
  cluster = await sharedCluster();
  namespace = await cluster.namespace();
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
  const kubeconfigs = [await grantRights(cluster, namespace), await grantRights(cluster, namespace)];
  const list = await client.list({ apiVersion: "v1", kind: "ServiceAccount" }, { namespace });
  const env = { LEASE_SECONDS: String(LEASE_SECONDS) };
  operators = await Promise.all(
    kubeconfigs.map((kubeconfigPath, index) =>
      startOperator({
        kubeconfigPath,
        namespaces: [namespace],
        env: { ...env, POD_NAME: `operator-${index}` },
      }),
    ),
  );
  accounts = list.map(({ metadata }) => metadata.name).filter((name) => name !== "default");
});
afterAll(async () => {
  await Promise.all((operators ?? []).map((operator) => operator.stop()));
  await client?.close();
  await cluster?.removeNamespace(namespace);
});

async function holder(): Promise<string> {
  const lease = await client.get({ ...LEASE, metadata: { name: "dumbwaiter-operator", namespace } });
  return (lease.spec as { holderIdentity: string }).holderIdentity.split("_")[0] as string;
}

async function leaderOf(): Promise<{ leader: OperatorProcess; other: OperatorProcess }> {
  const index = Number((await holder()).split("-")[1]);
  return { leader: operators[index] as OperatorProcess, other: operators[1 - index] as OperatorProcess };
}

/** Writes of both operators since then, without the leader lease. */
async function writesSince(since: number) {
  const events = await cluster.auditLog();
  return events.filter(
    ({ verb, user, objectRef, requestReceivedTimestamp }) =>
      accounts.some((account) => user.username.endsWith(`:${namespace}:${account}`)) &&
      ["create", "update", "patch", "delete"].includes(verb) &&
      objectRef?.resource !== "leases" &&
      Date.parse(requestReceivedTimestamp) >= since,
  );
}

describe("two operators", () => {
  it("have one writer", async () => {
    const begun = Date.now();
    const service = await applyRoutingService(client, routingService("one", namespace));
    await untilCondition(client, service, "Ready");
    const writers = new Set((await writesSince(begun)).map(({ user }) => user.username));
    expect(writers.size).toBe(1);
    const { leader, other } = await leaderOf();
    expect(await leader.metric("dumbwaiter_operator_leader")).toBe(1);
    expect(await other.metric("dumbwaiter_operator_leader")).toBe(0);
    expect(await other.writes()).toBe(0);
  });

  it("continue within the lease duration if the leader is killed", async () => {
    const { leader, other } = await leaderOf();
    await leader.kill("SIGKILL");
    const killedAt = Date.now();
    await applyRoutingService(client, routingService("one", namespace, { ...SMALL, images: { tag: "2" } }));
    await eventually(async () => expect(await other.metric("dumbwaiter_operator_leader")).toBe(1), WAIT_MS);
    // It reads the lease every second; the rest is for a busy machine.
    expect(Date.now() - killedAt).toBeLessThan((LEASE_SECONDS + 6) * 1000);
    await untilCondition(client, routingService("one", namespace), "Ready");
    await leader.restart();
  });

  it("never both write, even if the leader is suspended until the other one leads", async () => {
    const { leader, other } = await leaderOf();
    const account = (await writesSince(0)).at(-1)?.user.username;
    process.kill(leader.pid, "SIGSTOP");
    await eventually(async () => expect(await other.metric("dumbwaiter_operator_leader")).toBe(1), WAIT_MS);
    const lostAt = Date.now();
    // The suspended one has work to do when it continues.
    await applyRoutingService(client, routingService("one", namespace, { ...SMALL, images: { tag: "3" } }));
    process.kill(leader.pid, "SIGCONT");
    await eventually(async () => expect(await leader.metric("dumbwaiter_operator_leader")).toBe(0), WAIT_MS);
    await untilCondition(client, routingService("one", namespace), "Ready");
    const late = (await writesSince(lostAt)).filter(({ user }) => user.username === account);
    expect(late).toEqual([]);
  });

  it("hand over at once if the leader is stopped", async () => {
    const { leader, other } = await leaderOf();
    const stoppedAt = Date.now();
    await leader.kill("SIGTERM");
    await eventually(async () => expect(await other.metric("dumbwaiter_operator_leader")).toBe(1), WAIT_MS);
    expect(Date.now() - stoppedAt).toBeLessThan(LEASE_SECONDS * 1000);
    await leader.restart();
  });
});
