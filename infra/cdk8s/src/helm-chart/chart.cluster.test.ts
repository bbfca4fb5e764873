import { readFile } from "node:fs/promises";
import { CommandError, sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { CHART, rendered } from "../../testing/chart.ts";
import { INSTALLATIONS, objectsOf } from "../../testing/installations.ts";
import { MINIMAL } from "../../testing/variants.ts";
import { customResourceDefinition } from "../crd/custom-resource-definition.ts";
import { INSTALL_YAML, installYaml } from "./install-yaml.ts";

/** By name. `NAMESPACE` stands for the test's namespace. */
const VALUES: Readonly<Record<string, object>> = {
  "its defaults": {},
  "one pod, one namespace and few rights": {
    replicas: 1,
    watchNamespaces: ["NAMESPACE"],
    rbac: { gateway: false, configConnector: false, monitoring: false },
  },
  "everything else": {
    image: { registry: "registry.example/x", tag: "1.2.3", pullPolicy: "Always", pullSecrets: ["pull"] },
    logLevel: "debug",
    resources: { cpu: "1", memory: "1Gi" },
    nodeSelector: { pool: "system" },
    tolerations: [{ key: "pool", operator: "Equal", value: "system", effect: "NoSchedule" }],
    podLabels: { team: "platform" },
    podAnnotations: { note: "yes" },
    serviceAccount: { name: "other", annotations: { note: "yes" } },
  },
  RoutingServices: { routingServices: { messages: MINIMAL, "other-messages": MINIMAL } },
  "what is made elsewhere": {
    crds: { install: false },
    rbac: { create: false },
    serviceAccount: { create: false, name: "default" },
  },
};

/** Values that the chart refuses, and the error. */
const REFUSED: readonly (readonly [object, RegExp])[] = [
  [{ replica: 2 }, /additional properties 'replica' not allowed/],
  [{ replicas: 0 }, /\/replicas': minimum/],
  [{ watchNamespaces: ["Not A Namespace"] }, /\/watchNamespaces\/0': .* does not match/],
  [{ routingServices: { messages: {} } }, /\/routingServices\/messages': missing properties/],
  [{ routingServices: { messages: { ...MINIMAL, unknown: 1 } } }, /'unknown' not allowed/],
  [
    { watchNamespaces: ["elsewhere"], routingServices: { messages: MINIMAL } },
    /watchNamespaces must include/,
  ],
];

let cluster: TestCluster;
let namespace: string;
beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.apply([customResourceDefinition()]);
  namespace = await cluster.namespace();
});

function inNamespace(values: object): object {
  return JSON.parse(JSON.stringify(values).replaceAll("NAMESPACE", namespace)) as object;
}

describe("the chart", () => {
  it.each(Object.entries(VALUES))("passes helm lint --strict with %s", async (_, values) => {
    const stdin = JSON.stringify(inNamespace(values));
    const { stdout } = await cluster.helm(["lint", "--strict", CHART, "--values", "-"], { stdin });
    expect(stdout).toContain("1 chart(s) linted, 0 chart(s) failed");
  });

  it.each(Object.entries(VALUES))(
    "is accepted without a warning in a namespace that enforces `restricted`, with %s",
    async (_, values) => {
      const objects = await rendered(cluster, namespace, inNamespace(values));
      const { warnings } = await cluster.apply(objects, [
        "--dry-run=server",
        "--force-conflicts",
        "-n",
        namespace,
      ]);
      expect(warnings).toEqual([]);
    },
  );

  it.each(REFUSED)("refuses %j", async (values, problem) => {
    const error = await rendered(cluster, namespace, values).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).result.stderr).toMatch(problem);
  });

  it("renders RoutingServices for Argo CD as objects that it keeps, before and after the CRD is installed", async () => {
    const values = { routingServices: { messages: MINIMAL } };
    const first = await rendered(cluster, namespace, values);
    const later = await rendered(cluster, namespace, values, [
      ...["--api-versions", "dumbwaiter.io/v1alpha1/RoutingService"],
    ]);
    expect(later).toEqual(first);
    const [messages] = first.filter(({ kind }) => kind === "RoutingService");
    expect(Object.keys(messages?.metadata.annotations ?? {}).sort()).toEqual([
      ...["argocd.argoproj.io/sync-options", "helm.sh/resource-policy"],
      ...["meta.helm.sh/release-name", "meta.helm.sh/release-namespace"],
    ]);
    expect(messages?.metadata.annotations).toMatchObject({
      "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true",
      "helm.sh/resource-policy": "keep",
    });
  });

  it("grants permissions on every kind that a RoutingService may need, and on no other", async () => {
    const objects = await rendered(cluster, namespace);
    const role = objects.find(({ kind }) => kind === "ClusterRole");
    const rules = role?.rules as { apiGroups: string[]; resources: string[]; verbs: string[] }[];
    const allowed = rules
      .filter(({ verbs }) => verbs.includes("delete"))
      .flatMap(({ apiGroups, resources }) => resources.map((resource) => `${resource}.${apiGroups[0]}`));
    const made = INSTALLATIONS.filter(({ props }) => props.name === "dumbwaiter")
      .flatMap((installation) => objectsOf(installation))
      .filter(({ kind }) => kind !== "Namespace")
      .map(({ apiVersion, kind }) => `${plural(kind)}.${apiVersion.split("/").at(-2) ?? ""}`);
    expect(allowed.sort()).toEqual([...new Set(made)].sort());
  });
});

describe("install.yaml", () => {
  it("is what `npm run chart` writes", async () => {
    expect(await readFile(INSTALL_YAML, "utf8")).toBe(await installYaml((args) => cluster.helm(args)));
  });

  it("is accepted without a warning", async () => {
    const { stdout } = await cluster.kubectl([
      ...["apply", "--server-side", "--force-conflicts", "--warnings-as-errors", "-f", INSTALL_YAML],
    ]);
    expect(stdout).toMatch(/deployment.apps\/dumbwaiter-operator serverside-applied/);
    await cluster.kubectl(["delete", "namespace", "dumbwaiter-system", "--wait=false"]);
  });
});

function plural(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith("y") && !lower.endsWith("ay")) return `${lower.slice(0, -1)}ies`;
  if (lower.endsWith("ss")) return `${lower}es`;
  return lower.endsWith("s") ? lower : `${lower}s`;
}
