import { describe, expect, it } from "@jest/globals";
import { INSTALLATIONS, objectsOf } from "../../../testing/installations.ts";
import { deploymentsOf, objectOf } from "../../../testing/workload.ts";
import type { KubernetesObject } from "../../kubernetes-object.ts";
import { COMPONENTS } from "../../spec/routing-service-props.ts";

interface Rule {
  readonly from?: readonly object[];
  readonly to?: readonly object[];
  readonly ports: readonly { readonly port: number }[];
}

interface Policy extends KubernetesObject {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Record<string, string> };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

const WITH_POLICIES = INSTALLATIONS.filter(({ props }) => props.spec.network.policies);

function portsOf(rules: readonly Rule[] | undefined): number[] {
  return [...new Set((rules ?? []).flatMap(({ ports }) => ports.map(({ port }) => port)))].sort(
    (a, b) => a - b,
  );
}

describe.each(WITH_POLICIES)("the network policies of $name", (installation) => {
  const { props } = installation;
  const policies = objectsOf(installation, "NetworkPolicy") as Policy[];

  it("deny all traffic of every pod that no policy allows", () => {
    const denying = policies.find(({ metadata }) => metadata.name === `${props.name}-default-deny`);
    expect(denying?.spec.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(denying?.spec).not.toHaveProperty("ingress");
    expect(denying?.spec).not.toHaveProperty("egress");
    for (const { spec } of deploymentsOf(installation)) {
      expect(spec.template.metadata.labels).toMatchObject(denying?.spec.podSelector.matchLabels ?? {});
    }
  });

  it("limit every rule to ports and peers: an empty list of peers would match everything", () => {
    for (const { ingress = [], egress = [] } of policies.map(({ spec }) => spec)) {
      for (const { from, to, ports } of [...ingress, ...egress]) {
        expect([...(from ?? []), ...(to ?? [])]).not.toHaveLength(0);
        expect(ports).not.toHaveLength(0);
      }
    }
  });

  it("let clients reach only api and realtime, and scrapers every component", () => {
    for (const component of COMPONENTS) {
      const { ingress } = objectOf<Policy>(installation, "NetworkPolicy", component).spec;
      expect(portsOf(ingress)).toEqual(component === "processor" ? [9090] : [8080, 9090]);
    }
  });

  it("let components reach DNS, Redis and Google or its emulators", () => {
    const { google, network, observability } = props.spec;
    const expected = [
      ...[...network.dns.ports, 443],
      ...network.redis.ports.map(({ port }) => port),
      ...(google.emulators ? [8085, 8086] : [80, 987, 988, 8080]),
      ...(observability.otlpEndpoint ? [4318] : []),
      ...network.extraEgress.map(({ port }) => port),
    ];
    for (const component of COMPONENTS) {
      const { egress } = objectOf<Policy>(installation, "NetworkPolicy", component).spec;
      expect(portsOf(egress)).toEqual([...new Set(expected)].sort((a, b) => a - b));
    }
  });
});

describe("network policies", () => {
  it("can be turned off", () => {
    const [without] = INSTALLATIONS.filter(({ props }) => !props.spec.network.policies);
    expect(without && objectsOf(without, "NetworkPolicy")).toEqual([]);
  });
});
