import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../../testing/variants.ts";
import { parseProps } from "../../spec/parse-props.ts";
import type { RoutingServiceSpecInput } from "../../spec/routing-service-props.ts";
import { egressOf } from "./network-rules.ts";

/** Such as `10.0.0.0/8`, `pods {"app":"redis"}`, `pods {} of {"team":"a"}`. */
interface Peer {
  readonly ipBlock?: { readonly cidr: string };
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}

interface Selector {
  readonly matchLabels?: object;
}

function text({ ipBlock, podSelector, namespaceSelector }: Peer): string {
  if (ipBlock !== undefined) return ipBlock.cidr;
  const labels = (selector?: Selector) => JSON.stringify(selector?.matchLabels ?? {});
  const of = namespaceSelector === undefined ? "" : ` of ${labels(namespaceSelector)}`;
  return `pods ${labels(podSelector)}${of}`;
}

/** To whom connections to a port are allowed. */
function allowed(
  port: number,
  spec: Partial<RoutingServiceSpecInput>,
  protocol: "TCP" | "UDP" = "TCP",
): string[] {
  const rules = egressOf(parseProps("shop", "prod", { ...MINIMAL, ...spec }));
  const matching = rules.filter(({ ports }) =>
    ports.some((each) => each.port?.value === port && each.protocol === protocol),
  );
  return matching.flatMap(({ peers }) => (peers as Peer[]).map(text));
}

const named = (name: string) => `pods {} of {"kubernetes.io/metadata.name":"${name}"}`;

describe("DNS", () => {
  it.each(["TCP", "UDP"] as const)(
    "is reached over %s in pods, link-local and by the ClusterIP of its Service",
    (protocol) => {
      expect(allowed(53, {}, protocol)).toEqual([
        named("kube-system"),
        ...["169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        ...["100.64.0.0/10", "fc00::/7", "34.118.224.0/20"],
      ]);
    },
  );

  it("is reached where the spec says", () => {
    const dns = { namespaces: ["openshift-dns"], cidrs: ["172.30.0.10/32"], ports: [53, 5353] };
    for (const port of dns.ports)
      expect(allowed(port, { network: { dns } }, "UDP")).toEqual([named("openshift-dns"), "172.30.0.10/32"]);
  });
});

describe("the metadata server", () => {
  it.each([80, 8080, 987, 988])("is reached on port %i", (port) => {
    expect(allowed(port, {})).toEqual(["169.254.169.254/32", "169.254.169.252/32"]);
  });

  it("is not reached if emulators take the place of Google", () => {
    const emulators = { pubsub: "pubsub:8085", firestore: "firestore:8086" };
    const google = { ...MINIMAL.google, cloudResources: "external", emulators } as const;
    expect(allowed(988, { google })).toEqual([]);
  });
});

describe("the Google APIs", () => {
  it.each([
    [{}, ["0.0.0.0/0", "::/0"]],
    [{ httpsCidrs: ["10.9.0.0/16"] }, ["10.9.0.0/16"]],
    [{ googleApis: "private" }, ["199.36.153.8/30", "2600:2d00:2:2000::/56"]],
    [{ googleApis: "restricted" }, ["199.36.153.4/30", "2600:2d00:2:1000::/56"]],
    [
      { googleApis: "private", extraEgress: [{ cidrs: ["203.0.113.7/32"], port: 443 }] },
      ["199.36.153.8/30", "2600:2d00:2:2000::/56", "203.0.113.7/32"],
    ],
  ] as const)("with %j are reached at %j", (network, expected) => {
    expect(allowed(443, { network: network as RoutingServiceSpecInput["network"] })).toEqual(expected);
  });
});

describe("Redis", () => {
  const namespaceLabels = { "kubernetes.io/metadata.name": "redis" };
  it.each([
    [{ cidrs: ["10.1.2.3/32"] }, ["10.1.2.3/32"]],
    [{ podLabels: { app: "redis" } }, ['pods {"app":"redis"}']],
    [{ namespaceLabels }, [named("redis")]],
    [
      { namespaceLabels, podLabels: { app: "redis" } },
      ['pods {"app":"redis"} of {"kubernetes.io/metadata.name":"redis"}'],
    ],
  ])("with %j is reached in %j", (redis, expected) => {
    expect(allowed(6379, { network: { redis } })).toEqual(expected);
  });
});

describe("further destinations", () => {
  it("are networks, pods of the namespace, or pods of others, over TCP or UDP", () => {
    const network = {
      extraEgress: [
        { cidrs: ["10.1.0.0/16"], podLabels: { app: "a" }, port: 9000 },
        { namespaceLabels: { team: "x" }, port: 9000 },
        { podLabels: { app: "b" }, namespaceLabels: {}, port: 9000, protocol: "UDP" as const },
      ],
    };
    expect(allowed(9000, { network })).toEqual([
      "10.1.0.0/16",
      'pods {"app":"a"}',
      'pods {} of {"team":"x"}',
    ]);
    expect(allowed(9000, { network }, "UDP")).toEqual(['pods {"app":"b"} of {}']);
  });
});

describe("the trace collector", () => {
  it.each([
    ["http://collector:4318", ["pods {}"]],
    ["http://collector.tracing:4318", [named("tracing")]],
    ["http://collector.tracing.svc:4318", [named("tracing")]],
    ["http://collector.tracing.svc.cluster.local:4318/v1", [named("tracing")]],
    ["http://collector.tracing.svc.cluster.local.:4318", [named("tracing")]],
    ["http://collector-0.collector.tracing.svc:4318", [named("tracing")]],
    ["http://10.1.2.3:4318", ["10.1.2.3/32"]],
    ["http://[fd00::7]:4318", ["fd00::7/128"]],
    ["http://localhost:4318", []],
    ["http://127.0.0.1:4318", []],
    ["https://otlp.acme.example:4318", []],
  ])("at %s is reached in %j", (otlpEndpoint, expected) => {
    expect(allowed(4318, { observability: { otlpEndpoint } })).toEqual(expected);
  });

  it("is reached on the port of the scheme if the endpoint has none", () => {
    const before = allowed(80, {});
    expect(allowed(80, { observability: { otlpEndpoint: "http://collector.tracing" } })).toEqual([
      ...before,
      named("tracing"),
    ]);
  });

  it("is reached where the spec says, if there is one", () => {
    const network = { collector: { podLabels: { app: "otel" }, port: 14_318 } };
    const observability = { otlpEndpoint: "https://otlp.acme.example" };
    expect(allowed(14_318, { observability, network })).toEqual(['pods {"app":"otel"}']);
    expect(allowed(14_318, { network })).toEqual([]);
  });
});
