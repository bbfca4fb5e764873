import { rm } from "node:fs/promises";
import { freePort } from "../servers/free-port.ts";
import { LOOPBACK, type OnDeath, type Server } from "../servers/server.ts";
import { startWatchdog } from "../servers/watchdog.ts";
import { clusterBinary } from "./build-binary.ts";
import { ClusterFolder } from "./cluster-folder.ts";
import {
  type ComponentDependencies,
  startApiServer,
  startControllerManager,
  startEtcd,
  startKwok,
  startScheduler,
} from "./components.ts";
import { METRICS_APIS, type MetricsStub, startMetricsStub } from "./metrics-stub.ts";
import { TestCluster } from "./test-cluster.ts";

export interface ClusterOptions {
  /** Simulated nodes at the start; 3 by default. */
  readonly nodes?: number;
  /** Called with the end of its log when a component ends unexpectedly. */
  readonly onDeath?: OnDeath;
}

export type Component = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kwok";

/** A cluster of a test's own, whose components can be killed and restarted on the same ports. */
export interface OwnedCluster extends TestCluster {
  /** SIGKILL by default; waits for the end. */
  kill(component: Component, signal?: NodeJS.Signals): Promise<void>;
  /** Resolves once it serves again. */
  restart(component: Component): Promise<void>;
  /** The end of its log. */
  log(component: Component): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts etcd, the API server, the controller manager, the scheduler, kwok and the metrics APIs, each on a free
 * loopback port. None outlives this process.
 */
export async function startCluster({ nodes = 3, onDeath }: ClusterOptions = {}): Promise<OwnedCluster> {
  const { path: binary, kubectlPath } = await clusterBinary();
  const port = await freePort();
  const server = `https://${LOOPBACK}:${port}`;
  const folder = new ClusterFolder(server);
  const watchdog = startWatchdog(folder.path);
  const dependencies: ComponentDependencies = { binary, folder, onDeath };
  const components = new Map<string, Server>();
  let metrics: MetricsStub | undefined;

  const componentOf = (component: Component): Server => {
    const found = components.get(component);
    if (found === undefined) throw new Error(`${component} has not been started`);
    return found;
  };
  const started = async (starting: Promise<Server>): Promise<Server> => {
    const begun = await starting;
    components.set(begun.name, begun);
    return begun;
  };
  const stop = async () => {
    await metrics?.stop();
    await Promise.all([...components.values()].map((running) => running.stop()));
    watchdog.stop();
    await rm(folder.path, { recursive: true, force: true });
  };

  try {
    const etcd = await started(startEtcd(dependencies));
    await started(startApiServer(dependencies, port, etcd.url));
    metrics = await startMetricsStub({ server }, folder);
    await Promise.all(
      [startControllerManager, startScheduler, startKwok].map((start) => started(start(dependencies))),
    );
    const cluster = new TestCluster({
      server,
      caPath: folder.caPath,
      kubeconfigPath: folder.kubeconfigPath("admin"),
      kubectlPath,
      folder: folder.path,
      auditLogPath: folder.file("audit.log"),
      metricsUrl: metrics.url,
    });
    await cluster.apply(metricsApiServices(metrics.port));
    await cluster.kubectl(["wait", "apiservice", "--all", "--for=condition=Available", "--timeout=60s"]);
    await cluster.untilServiceAccount("default");
    if (nodes > 0) await cluster.addNodes(nodes);
    return Object.assign(cluster, {
      kill: (component: Component, signal?: NodeJS.Signals) => componentOf(component).kill(signal),
      restart: (component: Component) => componentOf(component).restart(),
      log: (component: Component) => componentOf(component).log(),
      stop,
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Connects the API server to the stub, which runs outside the cluster. */
function metricsApiServices(port: number): object[] {
  const service = { name: "metrics-stub", namespace: "kube-system" };
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: service,
      spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
    },
    ...Object.entries(METRICS_APIS).map(([group, version]) => ({
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: `${version}.${group}` },
      spec: {
        group,
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { ...service, port },
      },
    })),
  ];
}
