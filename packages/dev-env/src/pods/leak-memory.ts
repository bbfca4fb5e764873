import { freePort, ManagedProcess } from "../servers/index.ts";
import { ContainerCgroup } from "./container-cgroup.ts";
import type { PodLife } from "./pod-lives.ts";
import type { Pods } from "./start-pods.ts";

const INSPECTOR_PORT = 9229;

/** A leak of 200 MB a second, in the process itself and outside JavaScript's heap. */
const LEAK = "globalThis.leak = []; setInterval(() => leak.push(Buffer.alloc(4e6, 1)), 20); 0";

/**
 * Makes the process of a pod's container leak memory, through its inspector, until it is killed.
 *
 * @returns the highest observed memory of the container, in bytes
 */
export async function leakUntilKilled({ cluster, namespace }: Pods, { pod }: PodLife): Promise<number> {
  const container = new ContainerCgroup(pod);
  process.kill(container.pid, "SIGUSR1"); // Node's signal to open the inspector
  const port = await freePort();
  const forward = await ManagedProcess.start({
    name: "port-forward",
    command: cluster.address.kubectlPath,
    args: () => ["port-forward", `pod/${pod.metadata.name}`, "-n", namespace, `${port}:${INSPECTOR_PORT}`],
    env: cluster.env,
    probe: async () => void (await inspectorUrl(port)),
  });
  try {
    const socket = new WebSocket(await inspectorUrl(port));
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression: LEAK } }));
    let most = 0;
    for (let used = container.memory; used !== undefined; used = container.memory) {
      most = Math.max(most, used);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    socket.close();
    return most;
  } finally {
    await forward.stop();
  }
}

async function inspectorUrl(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/json/list`, { signal: AbortSignal.timeout(5_000) });
  const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
  if (target === undefined) throw new Error("no inspector target");
  return target.webSocketDebuggerUrl;
}
