import type { IncomingMessage, ServerResponse } from "node:http";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { type ApiProxy, sharedCluster, startApiProxy, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ApiError } from "./api-error.ts";
import { connectKubernetes } from "./connect-kubernetes.ts";
import type { KubeClient } from "./kube-client.ts";
import type { KubeObject } from "./kube-object.ts";
import { Reflector } from "./reflector.ts";

const KIND = { apiVersion: "v1", kind: "ConfigMap" };
const LABELS = { "example.org/test": "reflector" };
const WAIT_MS = 60_000;

let cluster: TestCluster;
let proxy: ApiProxy;
let client: KubeClient;
let admin: KubeClient;
beforeAll(async () => {
  cluster = await sharedCluster();
  proxy = await startApiProxy(cluster.address);
  ({ client } = connectKubernetes({ kubeconfig: proxy.kubeconfigPath }));
  ({ client: admin } = connectKubernetes({ kubeconfig: cluster.kubeconfigPath }));
});
afterAll(async () => {
  await client?.close();
  await admin?.close();
  await proxy?.close();
});

let namespace: string;
let reflector: Reflector;
let names: Set<string>;
let errors: unknown[];
/** The requests to the API server. */
let asked: { readonly what: "list" | "watch"; readonly at: number }[];

beforeEach(async () => {
  namespace = await cluster.namespace();
  names = new Set();
  errors = [];
  asked = [];
  let uids = new Map<string, string>();
  reflector = new Reflector({
    ...{ client, namespace, kind: KIND, labelSelector: "example.org/test=reflector" },
    handler: {
      changed({ metadata }) {
        names.add(metadata.name);
        uids.set(metadata.uid as string, metadata.name);
      },
      deleted: ({ metadata }) => void names.delete(metadata.name),
      listed(listed) {
        uids = new Map([...uids].filter(([uid]) => listed.has(uid)));
        names = new Set(uids.values());
      },
    },
    onError: (error) => errors.push(error),
  });
  answerWatches(() => undefined);
});
afterEach(() => reflector?.stop());

type Answer = (response: ServerResponse) => void;

/** @param answer what to answer the nth watch (from 1) with; undefined leaves it to the API server */
function answerWatches(answer: (nth: number) => Answer | undefined): void {
  let watches = 0;
  proxy.intercept(async ({ url = "" }: IncomingMessage, response) => {
    if (!url.includes(`/namespaces/${namespace}/configmaps`)) return "pass";
    const what = url.includes("watch=true") ? "watch" : "list";
    asked.push({ what, at: performance.now() });
    const own = what === "watch" ? answer(++watches) : undefined;
    own?.(response);
    return own === undefined ? "pass" : "answered";
  });
}

const asJson = (response: ServerResponse, status: number, body: object, headers = {}) =>
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(`${JSON.stringify(body)}\n`);

const failure = (code: number, reason: string) => ({
  ...{ kind: "Status", apiVersion: "v1", status: "Failure", code, reason },
});

const configMap = (name: string): KubeObject => ({ ...KIND, metadata: { name, namespace, labels: LABELS } });
const create = (name: string) => admin.apply(configMap(name), { fieldManager: "tests" });
const whatAsked = () => asked.map(({ what }) => what);

describe("a reflector", () => {
  it.each<[string, Answer]>([
    ["an answer", (response) => asJson(response, 410, failure(410, "Expired"))],
    ["an event", (response) => asJson(response, 200, { type: "ERROR", object: failure(410, "Expired") })],
  ])("lists again, with a backoff, if its resource version has expired, reported by %s", async (_, gone) => {
    await create("stays");
    await create("goes");
    answerWatches((nth) => {
      if (nth > 1) return undefined;
      return (response) => {
        // The watch does not report these changes.
        Promise.all([admin.delete(configMap("goes")), create("comes")]).then(
          () => gone(response),
          (error) => response.destroy(error),
        );
      };
    });
    reflector.start();
    await eventually(() => expect([...names].sort()).toEqual(["comes", "stays"]), WAIT_MS);
    await create("later");
    await eventually(() => expect([...names].sort()).toEqual(["comes", "later", "stays"]), WAIT_MS);
    expect(whatAsked()).toEqual(["list", "watch", "list", "watch"]);
    expect(errors).toEqual([]);
  });

  it("waits as long as a busy API server asks it to, then resumes the watch", async () => {
    answerWatches((nth) =>
      nth > 1
        ? undefined
        : (response) => asJson(response, 429, failure(429, "TooManyRequests"), { "retry-after": "2" }),
    );
    reflector.start();
    await reflector.untilSynced();
    await create("meanwhile");
    await eventually(() => expect([...names]).toEqual(["meanwhile"]), WAIT_MS);
    expect(whatAsked()).toEqual(["list", "watch", "watch"]);
    const [, refused, again] = asked.map(({ at }) => at);
    expect((again as number) - (refused as number)).toBeGreaterThanOrEqual(1_900);
    expect(errors).toEqual([expect.any(ApiError)]);
  });

  it("backs off while each watch closes immediately", async () => {
    const ENDED = 5;
    answerWatches((nth) => (nth > ENDED ? undefined : (response) => response.writeHead(200).end()));
    reflector.start();
    await reflector.untilSynced();
    await create("at-last");
    await eventually(() => expect([...names]).toEqual(["at-last"]), WAIT_MS);
    expect(whatAsked()).toEqual(["list", ...Array.from({ length: ENDED + 1 }, () => "watch")]);
    const times = asked.slice(1).map(({ at }) => at);
    const [first = 0, second = 0] = times;
    const [beforeLast = 0, last = 0] = times.slice(-2);
    expect(last - beforeLast).toBeGreaterThan(second - first);
    expect(errors).toHaveLength(ENDED);
  });
});
