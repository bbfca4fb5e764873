import { connectKubernetes } from "@dumbwaiter/kubernetes";
import type { Endpoints } from "@dumbwaiter/wire-user";
import type { OwnedCluster } from "../cluster/index.ts";
import { type RoundRobin, startRoundRobin } from "../stack/round-robin.ts";
import { type Stack, startStack } from "../stack/start-stack.ts";
import { say } from "./figures.ts";
import { NODE_ADDRESS } from "./node/node-network.ts";
import { machineFromEnv } from "./node/pod-machine.ts";
import { startPodCluster } from "./node/start-pod-cluster.ts";
import { PodLives } from "./pod-lives.ts";
import { NAME, podObjects } from "./pod-spec.ts";
import { ReadyEndpoints } from "./ready-endpoints.ts";

/** The routing service as pods, with Redis, Google's emulators and the development issuer outside. */
export interface Pods {
  readonly cluster: OwnedCluster;
  readonly namespace: string;
  /** The servers outside; it has no services. */
  readonly stack: Stack;
  readonly endpoints: Endpoints;
  readonly lives: PodLives;
  stop(): Promise<void>;
}

/** Resolves once all pods are ready. A failed start stops what it started. */
export async function startPods(): Promise<Pods> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    return await start(stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(stops: (() => Promise<void>)[], stop: () => Promise<void>): Promise<Pods> {
  const [cluster, stack] = await Promise.all([
    startPodCluster(machineFromEnv()).then((started) => {
      stops.push(started.stop);
      return started;
    }),
    startStack({ api: 0, processor: 0, realtime: 0 }).then((started) => {
      stops.push(started.stop);
      return started;
    }),
  ]);
  const balance = async (...args: Parameters<typeof startRoundRobin>): Promise<RoundRobin> => {
    const balancer = await startRoundRobin(...args);
    stops.push(balancer.close);
    return balancer;
  };
  // They listen on loopback, which every pod has of its own.
  for (const server of [stack.redis, stack.pubsub, stack.firestore, stack.issuer]) {
    await balance(() => [server], { host: NODE_ADDRESS, port: server.port });
  }

  say("the node and the servers are ready");

  const { client } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath });
  stops.push(() => client.close());
  const namespace = await cluster.namespace();
  const lives = await PodLives.watch(client, namespace);
  stops.push(() => lives.stop());
  await cluster.apply(podObjects(namespace, stack));
  await cluster.untilAvailable(namespace).catch(async (cause: Error) => {
    throw new Error(`${cause.message}\n${await stateOfPods(cluster, namespace)}`, { cause });
  });
  say("all pods are ready");

  const urlOf = async (component: string) => {
    const ready = await ReadyEndpoints.watch(client, namespace, `${NAME}-${component}`);
    stops.push(() => ready.stop());
    return (await balance(() => ready.targets())).url;
  };
  const endpoints = { api: await urlOf("api"), realtime: await urlOf("realtime"), issuer: stack.issuer.url };
  return { cluster, namespace, stack, endpoints, lives, stop };
}

/** For the error, because the namespaces end with the test. */
async function stateOfPods(cluster: OwnedCluster, namespace: string): Promise<string> {
  const asked = await Promise.allSettled([
    cluster.kubectl(["describe", "pods", "-n", namespace]),
    cluster.kubectl([
      ...["logs", "-n", namespace, "-l", `app.kubernetes.io/instance=${NAME}`],
      ...["--prefix", "--tail=20"],
    ]),
  ]);
  return asked.map((each) => (each.status === "fulfilled" ? each.value.stdout : each.reason)).join("\n");
}
