import { describe, expect, it } from "@jest/globals";
import { MINIMAL, VARIANTS } from "../testing/variants.ts";
import { InvalidSpecError, parseProps } from "./parse-props.ts";
import { routingServiceSpecSchema } from "./routing-service-props.ts";
import { SPEC_RULES } from "./spec/rules.ts";

const EMULATORS = { pubsub: "pubsub:8085", firestore: "firestore:8086" };

function problemsOf(spec: object, name = "dumbwaiter"): readonly string[] {
  try {
    parseProps(name, "messages", { ...MINIMAL, ...spec });
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.problems;
    throw error;
  }
  return [];
}

/** For each rule a spec that breaks it, and no other. */
const BROKEN: readonly (readonly [object, RegExp])[] = [
  [{ api: { replicas: { min: 4, max: 3 } } }, /^api.replicas.min/],
  [{ processor: { replicas: { min: 11 } } }, /^processor.replicas.min/],
  [{ realtime: { replicas: { max: 1 } } }, /^realtime.replicas.min/],
  [{ redis: {} }, /^redis takes either/],
  [{ redis: { url: "redis://h", urlSecret: { name: "s" } } }, /^redis takes either/],
  [{ google: { project: "p-1" } }, /^google.projectNumber/],
  [{ google: { project: "p-1", emulators: EMULATORS } }, /^google.cloudResources/],
  [{ route: { kind: "ingress" } }, /^route.host/],
  [{ route: { kind: "gateway", host: "h" } }, /^route takes a certificateMap/],
  [
    { route: { kind: "gateway", host: "h", certificateMap: "m", tlsSecret: "s" } },
    /^route takes a certificateMap/,
  ],
  [{ network: { redis: { cidrs: [] } } }, /^network.redis takes/],
  [{ network: { redis: { ports: [{ port: 11_000, endPort: 10_999 }] } } }, /^network.redis.ports/],
  [{ network: { extraEgress: [{ port: 4318 }] } }, /^network.extraEgress/],
];

describe("parseProps", () => {
  it.each(Object.entries(VARIANTS))("takes %s", (_, spec) => {
    expect(problemsOf(spec)).toEqual([]);
  });

  it("applies defaults object by object, as a CRD does", () => {
    const { spec } = parseProps("dumbwaiter", "messages", { ...MINIMAL, api: { replicas: { max: 5 } } });
    expect(spec.api.replicas).toEqual({ min: 2, max: 5 });
    expect(routingServiceSpecSchema.parse(spec)).toEqual(spec);
  });

  it.each(BROKEN)("refuses %j", (spec, problem) => {
    expect(problemsOf(spec)).toEqual([expect.stringMatching(problem)]);
  });

  it("has a spec that breaks each rule", () => {
    const broken = new Set(BROKEN.flatMap(([spec]) => problemsOf(spec)));
    expect([...broken].sort()).toEqual(SPEC_RULES.map(({ message }) => message).sort());
  });

  it.each([
    [{ redis: { url: "redis://:password@h" } }, "redis.url"],
    [{ api: { replicas: { min: 0 } } }, "api.replicas.min"],
    [{ api: { resources: { memory: "1G" } } }, "api.resources.memory"],
    [{ http: { allowedOrigins: ["*"] } }, "http.allowedOrigins.0"],
    [{ network: { httpsCidrs: ["everything"] } }, "network.httpsCidrs.0"],
    [{ limits: { maxEnvelopeBytes: "1MB" } }, "limits.maxEnvelopeBytes"],
    [{ route: { kind: "loadBalancer" } }, "route.kind"],
    [{ unknown: true }, ""],
  ])("refuses %j by its field", (spec, path) => {
    expect(problemsOf(spec)).toEqual([expect.stringMatching(`^spec.${path}: `)]);
  });

  it("tells every problem at once, the name's among them", () => {
    expect(problemsOf({ auth: {}, redis: { url: "http://h" } }, "A_name")).toHaveLength(5);
  });
});
