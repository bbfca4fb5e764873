import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand, sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { type OperatorFixture, startOperatorFixture } from "@dumbwaiter/dev-env/operator/operator-fixture";
import { freePort, LOOPBACK } from "@dumbwaiter/dev-env/servers";
import { rendered } from "@dumbwaiter/infra/testing/chart";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

interface TestPod {
  readonly spec: {
    readonly containers: readonly [{ readonly command: readonly string[]; readonly args: readonly string[] }];
  };
}

let fixture: OperatorFixture;
let command: readonly string[];
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  fixture = await startOperatorFixture(await sharedCluster());
  const { cluster, namespace } = fixture;
  const pod = (await rendered(cluster, namespace)).find(({ kind }) => kind === "Pod") as unknown as TestPod;
  const [container] = pod.spec.containers;
  command = [...container.command, ...container.args];
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
  const { body } = await cluster.request(path, { method: "POST", body: { spec: {} } });
  const tokenFile = join(cluster.address.folder, `${namespace}-token`);
  await writeFile(tokenFile, body.status.token);
  env = {
    OPERATOR_URL: fixture.operator.url,
    KUBERNETES_URL: cluster.server,
    TOKEN_FILE: tokenFile,
    NODE_EXTRA_CA_CERTS: cluster.address.caPath,
  };
}, 300_000);
afterAll(() => fixture?.stop());

/** Runs the command of the `helm test` pod, with the namespace's default service account. */
async function helmTest(changes: Readonly<Record<string, string>> = {}) {
  const [node = "", ...args] = command;
  expect(node).toBe("node");
  return runCommand(process.execPath, args, { env: { ...env, ...changes } });
}

describe("helm test", () => {
  it("passes where the operator is ready and its CRD is served", async () => {
    await helmTest();
  });

  it("fails where nothing listens", async () => {
    const port = await freePort();
    await expect(helmTest({ OPERATOR_URL: `http://${LOOPBACK}:${port}` })).rejects.toThrow("ECONNREFUSED");
  });

  it("fails where the CRD is not served", async () => {
    // Any server without that path: the operator's admin server.
    await expect(helmTest({ KUBERNETES_URL: fixture.operator.url })).rejects.toThrow(
      "the API server does not serve RoutingService: 404",
    );
  });
});
