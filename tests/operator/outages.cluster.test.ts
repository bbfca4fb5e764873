import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type OwnedCluster, startCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import { grantRights } from "@dumbwaiter/dev-env/operator/operator-rights";
import {
  applyRoutingService,
  ownedObjects,
  routingService,
  SMALL,
  untilCondition,
} from "@dumbwaiter/dev-env/operator/routing-service";
import { startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { parseProps, renderRoutingService } from "@dumbwaiter/infra";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const WAIT_MS = 120_000;
const KILLS = 5;
const SERVICES = ["a", "b", "c"];
const NOTICED_MS = 60_000;

let cluster: OwnedCluster;
let client: KubeClient;
let namespace: string;
let kubeconfigPath: string;
const deaths: string[] = [];
const onDeath = (report: string) => void deaths.push(report);

beforeAll(async () => {
  cluster = await startCluster();
  namespace = await cluster.namespace();
  kubeconfigPath = await grantRights(cluster, namespace);
  ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
}, 240_000);
afterAll(async () => {
  await client?.close();
  await cluster?.stop();
});

const specOf = (round: number) => ({
  ...SMALL,
  images: { tag: `${round}` },
  // Every second round has fewer objects.
  network: { policies: round % 2 === 1 },
});

/** Retries while there is no API server. */
const applyRound = (name: string, round: number) =>
  eventually(() => applyRoutingService(client, routingService(name, namespace, specOf(round))), WAIT_MS);

describe("an operator whose API server fails", () => {
  it("reconciles the latest spec after the API server was killed several times", async () => {
    const operator = await startOperator({ kubeconfigPath, namespaces: [namespace], onDeath });
    try {
      for (const name of SERVICES) await applyRound(name, 1);
      for (let round = 2; round <= KILLS + 1; round++) {
        await cluster.kill("kube-apiserver");
        const restarted = cluster.restart("kube-apiserver");
        await Promise.all(SERVICES.map((name) => applyRound(name, round)));
        await restarted;
      }
      for (const name of SERVICES) await expectReconciled(name, KILLS + 1);
      await expectNoOrphans();
      // Its resource versions were too old for the new API server: it has listed again.
      const lists = await operator.metric("dumbwaiter_operator_api_requests_total", {
        verb: "list",
        code: "200",
      });
      expect(lists).toBeGreaterThan(8);
      expect(deaths).toEqual([]);
    } finally {
      await operator.stop();
    }
  }, 400_000);

  it.each([
    ["without leader election", "false"],
    ["as the leader", "true"],
  ])(
    "notices within a minute that its connections are half-open %s",
    async (_, election) => {
      const link = await startFaultyLink(Number(new URL(cluster.server).port));
      const throughProxy = `${kubeconfigPath}.proxy`;
      const text = await readFile(kubeconfigPath, "utf8");
      await writeFile(throughProxy, text.replaceAll(cluster.server, `https://127.0.0.1:${link.port}`));
      let operator: OperatorProcess | undefined;
      try {
        const env = { LEADER_ELECTION: election };
        operator = await startOperator({
          kubeconfigPath: throughProxy,
          namespaces: [namespace],
          env,
          onDeath,
        });
        const name = `half-open-${election}`;
        const service = await applyRoutingService(client, routingService(name, namespace));
        await untilCondition(client, service, "Ready");
        await untilNothingIsAsked(operator);
        link.stall();
        const stalledAt = Date.now();
        await applyRoutingService(
          client,
          routingService(name, namespace, { ...SMALL, images: { tag: "2" } }),
        );
        await eventually(async () => {
          const live = await client.get(service);
          const { observedGeneration } = live.status as { observedGeneration: number };
          expect(observedGeneration).toBe(live.metadata.generation);
        }, WAIT_MS);
        expect(Date.now() - stalledAt).toBeLessThan(NOTICED_MS);
        expect(deaths).toEqual([]);
      } finally {
        await operator?.stop();
        await link.close();
      }
    },
    240_000,
  );
});

/** So that no request in flight reveals the stall, only watches and the leader lease. */
async function untilNothingIsAsked({ writes }: OperatorProcess): Promise<void> {
  await eventually(async () => {
    const before = await writes();
    await sleep(1_000);
    expect(await writes()).toBe(before);
  }, WAIT_MS);
}

async function expectReconciled(name: string, round: number): Promise<void> {
  const service = await untilCondition(client, routingService(name, namespace), "Ready", "True", WAIT_MS);
  const wanted = renderRoutingService(parseProps(name, namespace, specOf(round))) as KubeObject[];
  const made = await ownedObjects(client, service);
  expect(made).toHaveLength(wanted.length);
  for (const object of wanted) {
    const { metadata, ...rest } = object;
    const live = made.find(({ kind, metadata: { name } }) => kind === object.kind && name === metadata.name);
    expect(live).toMatchObject({ ...rest, metadata: { labels: metadata.labels } });
  }
}

/** Every owned object is in the inventory of its routing service. */
async function expectNoOrphans(): Promise<void> {
  const inventories = await Promise.all(
    SERVICES.map((name) => ownedObjects(client, routingService(name, namespace))),
  );
  const known = new Set(inventories.flat().map(({ metadata }) => metadata.uid));
  const kinds = new Map(inventories.flat().map(({ apiVersion, kind }) => [kind, apiVersion]));
  kinds.set("NetworkPolicy", "networking.k8s.io/v1");
  const labelSelector = "app.kubernetes.io/managed-by=dumbwaiter";
  for (const [kind, apiVersion] of kinds) {
    const all = await client.list({ apiVersion, kind }, { namespace, labelSelector });
    expect(
      all.filter(({ metadata }) => !known.has(metadata.uid)).map(({ metadata }) => metadata.name),
    ).toEqual([]);
  }
}
