import { sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { expect, it } from "@jest/globals";
import { rendered } from "../../testing/chart.ts";

interface Rule {
  readonly ports: readonly { readonly port: number | string }[];
  readonly to?: readonly { readonly namespaceSelector?: { readonly matchLabels: object } }[];
}

interface Policy {
  readonly spec: { readonly egress: readonly Rule[] };
}

async function egressWith(values: object): Promise<readonly Rule[]> {
  const objects = await rendered(await sharedCluster(), "operators", values);
  const [policy] = objects.filter(({ kind }) => kind === "NetworkPolicy") as unknown as [Policy];
  return policy.spec.egress;
}

const namespacesOf = ({ to = [] }: Rule) =>
  to.flatMap(({ namespaceSelector }) => Object.values(namespaceSelector?.matchLabels ?? {}));

it("the chart lets its pods connect to some places, on no port to all", async () => {
  for (const values of [{}, { openshift: true }]) {
    for (const { to = [] } of await egressWith(values)) expect(to).not.toEqual([]);
  }
});

it.each([
  [{}, ["kube-system"], [53, 53]],
  [{ openshift: true }, ["kube-system", "openshift-dns"], [53, 53, 5353, 5353]],
  [{ networkPolicy: { dns: { namespaces: ["dns"], cidrs: [], ports: [8053] } } }, ["dns"], [8053, 8053]],
])("the chart with %j lets its pods ask DNS in %j on %j", async (values, namespaces, ports) => {
  const [dns] = (await egressWith(values)) as [Rule];
  expect(namespacesOf(dns)).toEqual(namespaces);
  expect(dns.ports.map(({ port }) => port)).toEqual(ports);
});
