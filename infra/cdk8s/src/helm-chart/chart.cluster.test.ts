import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, sharedCluster, type TestCluster } from "@dumbwaiter/dev-env/cluster";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { CHART, rendered } from "../../testing/chart.ts";
import { installCrds } from "../../testing/install-crds.ts";
import { INSTALLATIONS, objectsOf } from "../../testing/installations.ts";
import { MINIMAL } from "../../testing/variants.ts";
import { customResourceDefinition } from "../crd/custom-resource-definition.ts";
import { VERSION } from "../version.ts";
import { chartValuesSchema } from "./chart-values.ts";
import { INSTALL_YAML, installYaml } from "./install-yaml.ts";

type Values = Readonly<Record<string, unknown>>;

interface PodOwner {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly image: string }] } };
  };
}

const CHART_OF_010 = join(import.meta.dirname, "../../testing/version-0.1.0/chart");

const DIGEST = `sha256:${"0".repeat(64)}`;

/** Every value of the chart but those that the others below have. */
const EVERY_VALUE = {
  enabled: true,
  nameOverride: "operator",
  fullnameOverride: "shop-operator",
  global: { imageRegistry: "mirror.example/x", imagePullSecrets: ["global"], ofAnotherChart: 1 },
  image: { tag: "1.2.3", digest: DIGEST, pullPolicy: "Always", pullSecrets: ["pull", { name: "other" }] },
  watchSelector: "team=shop,!canary",
  leaseName: "shop",
  logLevel: "debug",
  logFormat: "cloudLogging",
  resources: { cpu: 0.5, memory: 536_870_912 },
  priorityClassName: "system-cluster-critical",
  nodeSelector: { pool: "system" },
  tolerations: [
    { key: "pool", operator: "Equal", value: "system", effect: "NoSchedule" },
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "pool", operator: "Exists" }] }],
      },
    },
  },
  topologySpreadConstraints: [
    {
      ...{ topologyKey: "kubernetes.io/hostname", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" },
      labelSelector: { matchLabels: { "app.kubernetes.io/name": "dumbwaiter-operator" } },
    },
  ],
  openshift: true,
  podLabels: { team: "platform" },
  podAnnotations: { note: "yes" },
  extraEnv: [
    { name: "HTTPS_PROXY", value: "http://proxy.example:3128" },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "token", key: "token" } } },
  ],
  extraVolumes: [{ name: "ca", configMap: { name: "ca" } }],
  extraVolumeMounts: [{ name: "ca", mountPath: "/etc/ca", readOnly: true }],
  serviceAccount: { name: "other", annotations: { note: "yes" } },
  rbac: { aggregateToView: true, aggregateToEdit: true, aggregateToAdmin: true },
  networkPolicy: {
    ...{ apiServerCidrs: ["10.0.0.1/32", "fd00::1/128"], apiServerPorts: [443] },
    dns: { namespaces: ["dns"], cidrs: ["10.96.0.10/32"], ports: [53] },
    metricsNamespaces: ["monitoring"],
    extraEgress: [{ ports: [{ port: 3128, protocol: "TCP" }] }],
  },
  serviceMonitor: { enabled: true, interval: "1m", labels: { release: "prometheus" } },
  podMonitoring: { enabled: true, interval: "1m" },
  alerts: { runbookUrl: "https://docs.example/operations.md" },
  dashboard: { enabled: true },
};

/** By name. `NAMESPACE` stands for the test's namespace. */
const VALUES: Readonly<Record<string, object>> = {
  "its defaults": {},
  "one pod, one namespace and few rights": {
    replicas: 1,
    watchNamespaces: ["NAMESPACE"],
    rbac: { gateway: false, configConnector: false, monitoring: false },
  },
  "every value": EVERY_VALUE,
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
  [{ image: { digest: "latest" } }, /\/image\/digest': .* does not match/],
  [{ networkPolicy: { apiServerCidrs: ["10.0.0.0/33"] } }, /\/apiServerCidrs\/0': .* does not match/],
  [{ resources: { memory: 512 } }, /\/resources\/memory'/],
  [
    {
      extraEnv: [
        { name: "LEASE_NAME", value: "mine" },
        { name: "LOG_FORMAT", value: "json" },
      ],
      networkPolicy: { dns: { namespaces: [], cidrs: [] } },
    },
    /extraEnv must not set LEASE_NAME.*\n.*set LOG_FORMAT.*\n.*networkPolicy.dns requires/,
  ],
  [{ replicas: 0 }, /\/replicas': minimum/],
  [{ watchNamespaces: ["Not A Namespace"] }, /\/watchNamespaces\/0': .* does not match/],
  [{ routingServices: { messages: {} } }, /\/routingServices\/messages': missing properties/],
  [{ routingServices: { messages: { ...MINIMAL, unknown: 1 } } }, /'unknown' not allowed/],
  [
    {
      routingServices: {
        messages: { ...MINIMAL, api: { replicas: { min: 11 } }, realtime: { replicas: { max: 1 } } },
        others: { ...MINIMAL, processor: { replicas: { min: 5, max: 4 } } },
      },
    },
    /messages: api.replicas.min must be .* 11 is greater than 10\n.*messages: realtime.replicas.min must be .*\n.*others: processor/,
  ],
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
  await installCrds(cluster);
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

  it("renders with the values of version 0.1.0 alone, as `--reuse-values` does", async () => {
    const old = parse(await readFile(join(CHART_OF_010, "values.yaml"), "utf8")) as Values;
    const objects = await rendered(cluster, namespace, withoutNewer(old, chartValuesSchema.parse({})));
    expect(objects.map(({ kind }) => kind)).toContain("Deployment");
    expect(objects.map(({ kind }) => kind)).not.toContain("NetworkPolicy");
  });

  it("has no values but those that a test sets", () => {
    const set = Object.assign({}, ...Object.values(VALUES)) as object;
    expect(Object.keys(chartValuesSchema.shape).filter((value) => !(value in set))).toEqual([]);
  });

  it("names the image by its digest, in the registry that is closest", async () => {
    const imageOf = async (values: object) => {
      const objects = await rendered(cluster, namespace, values);
      const deployment = objects.find(({ kind }) => kind === "Deployment") as unknown as PodOwner;
      return deployment.spec.template.spec.containers[0].image;
    };
    const global = { imageRegistry: "mirror.example/x" };
    expect(await imageOf({ image: { digest: DIGEST } })).toBe(`dumbwaiter-operator:${VERSION}@${DIGEST}`);
    expect(await imageOf({ global })).toBe(`mirror.example/x/dumbwaiter-operator:${VERSION}`);
    expect(await imageOf({ global, image: { registry: "own.example", tag: "2" } })).toBe(
      "own.example/dumbwaiter-operator:2",
    );
  });

  it("can be installed twice with a selector under one name", async () => {
    const namesIn = async (release: string) => {
      const values = { watchSelector: "team=a", crds: { install: false }, rbac: { aggregateToView: true } };
      const objects = await rendered(cluster, release, values);
      return objects.flatMap(({ kind, metadata }) =>
        metadata.namespace ? [] : [`${kind} ${metadata.name}`],
      );
    };
    const one = await namesIn("one");
    expect(one).toHaveLength(3);
    expect((await namesIn("two")).filter((name) => one.includes(name))).toEqual([]);
  });

  it("gives the RoutingServices of its values to its own operator", async () => {
    const annotationsWith = async (values: object) => {
      const objects = await rendered(cluster, namespace, {
        ...values,
        routingServices: { messages: MINIMAL },
      });
      return objects.find(({ kind }) => kind === "RoutingService")?.metadata.annotations;
    };
    const name = "dumbwaiter.io/operator";
    expect(await annotationsWith({})).not.toHaveProperty([name]);
    expect(await annotationsWith({ watchSelector: "a=b", leaseName: "mine" })).toHaveProperty(
      [name],
      `${namespace}/mine`,
    );
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

/** Values that remove what `values` lacks from the defaults of the chart. */
function withoutNewer(values: Values, defaults: Values): Values {
  const changes = Object.entries(defaults).map(([key, byDefault]) => {
    const value = values[key];
    if (value === undefined) return [key, null];
    return isValues(value) && isValues(byDefault) ? [key, withoutNewer(value, byDefault)] : [key, value];
  });
  return Object.fromEntries(changes);
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function plural(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith("y") && !lower.endsWith("ay")) return `${lower.slice(0, -1)}ies`;
  if (lower.endsWith("ss")) return `${lower}es`;
  return lower.endsWith("s") ? lower : `${lower}s`;
}
