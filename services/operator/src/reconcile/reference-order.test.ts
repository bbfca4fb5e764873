import { parseProps, type RoutingServiceSpecInput } from "@dumbwaiter/infra";
import {
  type DesiredObject,
  desiredState,
  ROUTING_SERVICE,
  type RoutingService,
} from "@dumbwaiter/routing-service";
import { describe, expect, it } from "@jest/globals";
import { inReferenceOrder } from "./reference-order.ts";

const SPEC: RoutingServiceSpecInput = {
  auth: { issuer: "https://id.example/", audience: "dumbwaiter", jwksUrl: "https://id.example/jwks.json" },
  google: { project: "a-project", projectNumber: "1234567890", workloadIdentity: "impersonation" },
  redis: { urlSecret: { name: "redis" } },
  route: { kind: "gateway", host: "m.example", certificateMap: "m" },
};

function objectsOf(spec: RoutingServiceSpecInput): readonly DesiredObject[] {
  const metadata = { name: "shop", namespace: "n", uid: "u" };
  const service = { ...ROUTING_SERVICE, metadata, spec } as RoutingService;
  return desiredState(parseProps("shop", "n", spec), service).objects;
}

/** Objects that come before one that they refer to. */
function tooEarly(objects: readonly DesiredObject[]): string[] {
  const keys = objects.map(({ key }) => key);
  return objects.flatMap(({ key, refersTo }, index) =>
    refersTo.filter((other) => keys.indexOf(other) > index).map((other) => `${key} before ${other}`),
  );
}

describe("the order of references", () => {
  it("has each object once, after all that it refers to, whatever the order was before", () => {
    const objects = objectsOf(SPEC);
    for (const before of [objects, objects.toReversed()]) {
      const ordered = inReferenceOrder(before);
      expect(tooEarly(ordered)).toEqual([]);
      expect(new Set(ordered)).toEqual(new Set(objects));
      expect(ordered).toHaveLength(objects.length);
    }
    expect(tooEarly(objects.toReversed())).not.toEqual([]);
  });

  it("ends if objects refer to each other", () => {
    const [one, two] = objectsOf(SPEC) as [DesiredObject, DesiredObject];
    const circle = [
      { ...one, refersTo: [two.key] },
      { ...two, refersTo: [one.key] },
    ];
    expect(inReferenceOrder(circle).map(({ key }) => key)).toEqual([two.key, one.key]);
  });
});
