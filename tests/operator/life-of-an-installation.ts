import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { CommandError, type OwnedCluster, startCluster, watchPods } from "@dumbwaiter/dev-env/cluster";
// Bare: a connection that stays the same over the change, where the SDK would reconnect.
import { connectClient } from "@dumbwaiter/dev-env/observe/test-client";
import { applyAs010 } from "@dumbwaiter/dev-env/operator/apply-as-010";
import { untilDependenciesReady } from "@dumbwaiter/dev-env/operator/dependency-controllers";
import { type OperatorProcess, startOperator } from "@dumbwaiter/dev-env/operator/operator-process";
import {
  conditionOf,
  type RoutingService,
  routingService,
} from "@dumbwaiter/dev-env/operator/routing-service";
import {
  type ServicesInCluster,
  settingsInCluster,
  startServicesInCluster,
} from "@dumbwaiter/dev-env/operator/services-in-cluster";
import { type Server, sharedServers } from "@dumbwaiter/dev-env/servers";
import { fromSource, type Launcher } from "@dumbwaiter/dev-env/stack/launcher";
import { provision } from "@dumbwaiter/dev-env/stack/provision";
import { serviceEnvironment } from "@dumbwaiter/dev-env/stack/service-environment";
import { startDevIssuer } from "@dumbwaiter/dev-env/stack/service-process";
import { VERSION } from "@dumbwaiter/infra";
import { installCrds } from "@dumbwaiter/infra/testing/install-crds";
import { CHART_OF_010, CONNECTED, NAMES_OF_010 } from "@dumbwaiter/infra/testing/version-010";
import { connectKubernetes, type KubeClient, type KubeObject } from "@dumbwaiter/kubernetes";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { expectOtherSettings, lookAt } from "./look-at-installation.ts";

const { namespace } = CONNECTED;
export const RELEASE = "dumbwaiter-operator";
const COMPONENTS = ["api", "processor", "realtime"] as const;
const WAIT_MS = 120_000;
/** Objects that version 0.1.0 did not make: the fields of access keys, and the right to see whether the ingress is read. */
const NEW_OBJECTS = 2 + 2;
const CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/routingservices.dumbwaiter.io";

/** Where an installation of this version comes from. */
export interface Source {
  /** Makes it available. */
  prepare(): Promise<void>;
  /** Helm's arguments that name the chart. */
  chart(): readonly string[];
  /** As the chart names it. */
  imageOfOperator(): string;
  /** How the operator's pod would be started. @param kubeconfigPath of its service account */
  operator(cluster: OwnedCluster, kubeconfigPath: string): Promise<OperatorRun>;
  readonly launcher: Launcher;
  cleanUp(): Promise<void>;
}

type OperatorRun = Pick<Parameters<typeof startOperator>[0], "kubeconfigPath" | "launch">;

/** What further tests of the same installation need. */
export interface Life {
  readonly cluster: OwnedCluster;
  readonly client: KubeClient;
  untilSettled(): Promise<void>;
}

/**
 * Tests that follow one another, as in the life of an installation: version 0.1.0, an upgrade, a rollback, another
 * upgrade, without the operator, and a new installation.
 *
 * @returns what exists once the first test has begun
 */
export function livesOn(source: Source): () => Life {
  let cluster: OwnedCluster;
  let client: KubeClient;
  let issuer: Server;
  let objects: readonly KubeObject[];
  let operator: OperatorProcess | undefined;
  let services: ServicesInCluster;

  beforeAll(async () => {
    await source.prepare();
    cluster = await startCluster();
    ({ client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
    await cluster.namespace(namespace);
    issuer = await startDevIssuer();
    objects = CONNECTED.objectsOf010() as KubeObject[];
    await installCrds(cluster);
    const { redis } = await sharedServers();
    const data = { url: Buffer.from(redis.url).toString("base64") };
    await cluster.apply([{ apiVersion: "v1", kind: "Secret", metadata: { name: "redis", namespace }, data }]);
  }, 300_000);
  afterAll(async () => {
    await Promise.all(Object.values(services ?? {}).map((service) => service.stop()));
    await operator?.stop();
    await issuer?.stop();
    await client?.close();
    await cluster?.stop();
    await source.cleanUp();
  });

  async function helm(...args: readonly string[]): Promise<string> {
    const values = { watchNamespaces: [namespace], routingServices: { shop: CONNECTED.spec } };
    const options = { stdin: JSON.stringify(values) };
    return (await cluster.helm([...args, "--namespace", namespace], options)).stdout;
  }

  /** With the rights of the release. */
  async function startReleasedOperator(): Promise<void> {
    const kubeconfigPath = await cluster.serviceAccountKubeconfig(namespace, RELEASE);
    const run = await source.operator(cluster, kubeconfigPath);
    operator = await startOperator({ ...run, namespaces: [namespace] });
  }

  const shop = async () => (await client.get(routingService("shop", namespace))) as RoutingService;
  const look = async () => lookAt(client, await shop(), objects);
  const imageOfOperator = async () => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${RELEASE}`;
    return (await cluster.request(path)).body.spec.template.spec.containers[0].image;
  };
  const versionOfCrd = async () =>
    (await cluster.request(CRD)).body.metadata.labels["app.kubernetes.io/version"];

  /** Resolves once the operator has reconciled, and all pods are those of the Deployments. */
  async function untilSettled(): Promise<void> {
    await eventually(async () => {
      expect(
        await operator?.metric("dumbwaiter_operator_reconciles_total", { result: "success" }),
      ).toBeGreaterThan(0);
      expect((await shop()).status).toMatchObject({ version: VERSION });
    }, WAIT_MS);
    const live = await untilDependenciesReady(client, await shop());
    expect(live.status?.inventory).toHaveLength(objects.length + NEW_OBJECTS);
    expect(live.status?.names).toEqual({
      ...NAMES_OF_010,
      firestoreCollectionPrefix: "",
      redisKeyPrefix: "",
    });
    await eventually(async () => {
      const now = await shop();
      const reasons = ["Ready", "Progressing", "Degraded"].map((type) => conditionOf(now, type)?.reason);
      expect(reasons).toEqual(["AllAvailable", "Complete", "AsExpected"]);
    }, WAIT_MS);
    await cluster.untilAvailable(namespace);
  }

  /** Where the processes find what is in place of Google and of the issuer. The cluster has all other settings. */
  async function outside() {
    const { GOOGLE_CLOUD_PROJECT, REDIS_URL, ...env } = serviceEnvironment("", await sharedServers(), issuer);
    return env;
  }

  function user(name: string, { api, realtime }: ServicesInCluster): WireUser {
    return new WireUser(name, { api: api.url, realtime: realtime.url, issuer: issuer.url });
  }

  /** Sends messages before a change, and receives each by the settings after it: from the queue, the topic and Redis. */
  async function acrossMessages(change: () => Promise<void>): Promise<void> {
    const before = services;
    const bob = user("bob", before);
    const stored = await user("alice", before).send(bob);
    await eventually(async () => expect((await bob.pull()).messages.map(({ id }) => id)).toEqual([stored]));
    const socket = await connectClient(before.realtime.url, { token: await bob.token() });
    await eventually(() => expect(socket.emptied()).toBe(1));
    await before.processor.stop();
    const waiting = await user("alice", before).send(bob);

    await change();
    services = await startServicesInCluster(client, namespace, "shop", await outside(), source.launcher);
    await eventually(() => expect(socket.ids()).toEqual([stored, waiting]));
    const bobLater = user("bob", services);
    const { messages } = await bobLater.pull();
    expect(messages.map(({ id }) => id)).toEqual([stored, waiting]);
    await bobLater.ack([stored, waiting]);
    expect((await user("bob", before).pull()).messages).toEqual([]);
    socket.socket.disconnect();
    await Promise.all([before.api.stop(), before.realtime.stop()]);
  }

  /** The tests follow one another, as in the life of an installation. */
  it("version 0.1.0 is installed, with what it applied", async () => {
    await helm("install", RELEASE, CHART_OF_010, "--values", "-");
    // For which the autoscalers want three pods each.
    await cluster.setLoad(namespace, { cpuMillicores: 900 });
    await applyAs010(client, await shop(), objects);
    for (const name of ["shop-api", "shop-processor"]) {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
      await cluster.until(path, ({ spec }) => spec.replicas === 3);
    }
    await cluster.untilAvailable(namespace);
    expect(await versionOfCrd()).toBe("0.1.0");
    expect((await shop()).spec.google.pubsub).toEqual(NAMES_OF_010);
    expect((await look()).pods).toHaveLength(8);

    const settings = await settingsInCluster(client, namespace, "shop-processor");
    await provision(fromSource, { ...settings, ...(await outside()) });
    services = await startServicesInCluster(client, namespace, "shop", await outside());
  });

  it("an upgrade replaces each pod once, while enough of them serve, and keeps everything else", async () => {
    const before = await look();
    const watches = await Promise.all(
      COMPONENTS.map((each) => watchPods(cluster, namespace, `app.kubernetes.io/component=${each}`)),
    );
    await acrossMessages(async () => {
      await helm("upgrade", RELEASE, ...source.chart(), "--reset-then-reuse-values");
      expect(await versionOfCrd()).toBe(VERSION);
      expect(await imageOfOperator()).toBe(source.imageOfOperator());
      await startReleasedOperator();
      await untilSettled();
    });
    expect(watches.map((watch) => watch.stop().fewestReady)).toEqual([3, 3, 2]);
    expectOtherSettings(before, await look(), before);
  });

  it("a rollback is refused, and changes nothing", async () => {
    const before = await look();
    await acrossMessages(async () => {
      const error = await helm("rollback", RELEASE, "1").catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CommandError);
      expect((error as CommandError).result.stderr).toContain("the CRD of version 0.1.0 is older");
      expect(await versionOfCrd()).toBe(VERSION);
    });
    expect(await look()).toEqual(before);
    // An older operator would give RoutingServices without IDs the names of 0.1.0.
    expect(await imageOfOperator()).toBe(source.imageOfOperator());
    const label = ["label", "deployment", RELEASE, "app.kubernetes.io/version=0.1.0", "--overwrite"];
    for (const older of [label, ["rollout", "undo", `deployment/${RELEASE}`]]) {
      await expect(cluster.kubectl([...older, "-n", namespace])).rejects.toThrow(
        `the operator of version 0.1.0 is older than the CRD of ${VERSION}`,
      );
    }
  });

  it("a rollback on purpose goes back to the settings of version 0.1.0, and keeps everything else", async () => {
    const before = await look();
    await acrossMessages(async () => {
      await operator?.stop();
      await cluster.kubectl(["label", "crd", "routingservices.dumbwaiter.io", "app.kubernetes.io/version-"]);
      await helm("rollback", RELEASE, "1", "--force-conflicts");
      expect(await versionOfCrd()).toBe("0.1.0");
      expect((await shop()).spec.google.pubsub).toEqual(NAMES_OF_010);
      // Its operator knows nothing of what the status of this version says.
      await applyAs010(client, await shop(), objects);
      expect((await shop()).status).not.toHaveProperty("names");
      await cluster.untilAvailable(namespace);
    });
    const after = await look();
    expectOtherSettings(before, after, after);
  });

  it("another upgrade does the same as the first", async () => {
    const before = await look();
    await acrossMessages(async () => {
      await helm("upgrade", RELEASE, ...source.chart(), "--reset-then-reuse-values", "--force-conflicts");
      expect(await versionOfCrd()).toBe(VERSION);
      await startReleasedOperator();
      await untilSettled();
    });
    expectOtherSettings(before, await look(), before);
  });

  it("without the operator, all that it made stays as it is", async () => {
    const before = await look();
    await acrossMessages(async () => {
      await operator?.stop();
      await helm("uninstall", RELEASE, "--wait", "--timeout", "120s");
      expect(await versionOfCrd()).toBe(VERSION);
      expect(await cluster.objects("roles,rolebindings,deployments", namespace)).toHaveLength(
        COMPONENTS.length,
      );
    });
    expect(await look()).toEqual(before);
  });

  it("a new installation takes it over, and replaces no pod", async () => {
    const before = await look();
    await acrossMessages(async () => {
      await helm("install", RELEASE, ...source.chart(), "--values", "-");
      await startReleasedOperator();
      await untilSettled();
    });
    expect(await look()).toEqual(before);
  });

  it("the operator was never refused a request, and deleted nothing", async () => {
    const events = await cluster.auditLog(`system:serviceaccount:${namespace}:${RELEASE}`);
    expect(events.some(({ verb }) => verb === "patch")).toBe(true);
    expect(events.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    expect(events.filter(({ verb }) => verb.startsWith("delete"))).toEqual([]);
  });

  return () => ({ cluster, client, untilSettled });
}
