import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { createInterface } from "node:readline";
import { ADMIN_TOKEN, type ClusterAddress } from "./cluster-address.ts";
import type { TestCluster } from "./test-cluster.ts";

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface Event {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "ERROR";
  readonly object: Pod;
}

interface PodWatch {
  /** Ends the watch. Returns the lowest number of ready pods, and the names of all pods. @throws if the watch broke */
  stop(): { readonly fewestReady: number; readonly names: ReadonlySet<string> };
}

/** Watches which of the selected pods are ready and not being deleted. */
export async function watchPods(
  cluster: TestCluster,
  namespace: string,
  labelSelector: string,
): Promise<PodWatch> {
  const ready = new Set<string>();
  const names = new Set<string>();
  let broken: Error | undefined;
  let stopped = false;

  const query = new URLSearchParams({ labelSelector });
  const path = `/api/v1/namespaces/${namespace}/pods?${query}`;
  const { body } = await cluster.request(path);
  for (const pod of body.items as Pod[]) take({ type: "ADDED", object: pod });
  let fewestReady = ready.size;

  function take({ type, object }: Event): void {
    if (type === "ERROR") throw new Error(`The watch of ${path} ended: ${JSON.stringify(object)}`);
    const { name, deletionTimestamp } = object.metadata;
    names.add(name);
    const isReady = object.status.conditions?.some((each) => each.type === "Ready" && each.status === "True");
    if (type !== "DELETED" && deletionTimestamp === undefined && isReady) ready.add(name);
    else ready.delete(name);
  }

  const stream = await open(
    cluster.address,
    `${path}&watch=true&resourceVersion=${body.metadata.resourceVersion}`,
  );
  const end = (error: Error) => {
    if (!stopped) broken ??= error;
  };
  stream.once("error", end);
  stream.once("close", () => end(new Error(`The watch of ${path} closed`)));
  createInterface({ input: stream }).on("line", (line) => {
    try {
      take(JSON.parse(line) as Event);
      fewestReady = Math.min(fewestReady, ready.size);
    } catch (error) {
      end(error as Error);
    }
  });
  return {
    stop() {
      stopped = true;
      stream.destroy();
      if (broken) throw broken;
      return { fewestReady, names };
    },
  };
}

function open({ server, caPath }: ClusterAddress, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const sent = request(
      new URL(path, server),
      { headers, ca: readFileSync(caPath), agent: false },
      (response) => {
        if (response.statusCode === 200) resolve(response);
        else reject(new Error(`${path} answers ${response.statusCode}`));
      },
    );
    sent.once("error", reject);
    sent.end();
  });
}
