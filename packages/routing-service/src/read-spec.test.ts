import { describe, expect, it } from "@jest/globals";
import { isPaused, readSpec } from "./read-spec.ts";

const SPEC = {
  auth: { issuer: "https://id.example/", audience: "dumbwaiter", jwksUrl: "https://id.example/jwks.json" },
  google: { project: "a-project", projectNumber: "1234567890" },
  redis: { urlSecret: { name: "redis" } },
};
const metadata = { name: "d", namespace: "messages", uid: "1" };

describe("a stored spec", () => {
  it("gets defaults", () => {
    const { props, unknownFields } = readSpec({ metadata, spec: SPEC });
    expect(props.spec).toMatchObject({
      paused: false,
      deletionPolicy: "Retain",
      api: { replicas: { min: 2 } },
    });
    expect(unknownFields).toEqual([]);
  });

  it("may have unknown fields, which are reported and ignored, and is not modified", () => {
    const spec = {
      ...SPEC,
      flavour: 1,
      api: { sidecar: {}, tolerations: [{ key: "a", seconds: 1 }], replicas: { min: 1, max: 1 } },
    };
    const copy = structuredClone(spec);
    const { props, unknownFields } = readSpec({ metadata, spec });
    expect(unknownFields.toSorted()).toEqual([
      "spec.api.sidecar",
      "spec.api.tolerations.0.seconds",
      "spec.flavour",
    ]);
    expect(props.spec.api.replicas.max).toBe(1);
    expect(spec).toEqual(copy);
  });

  it.each([[undefined], [{}], [{ ...SPEC, redis: { flavour: 1 } }], [{ ...SPEC, api: 1 }]])(
    "that lacks required fields is refused with every problem: %j",
    (spec) => {
      expect(() => readSpec({ metadata, spec })).toThrow(/RoutingService d is invalid/);
    },
  );

  it.each([
    [{ ...SPEC, paused: true }, true],
    [{ paused: true }, true],
    [SPEC, false],
    [{ ...SPEC, paused: "yes" }, false],
    [undefined, false],
  ])("is paused if spec.paused is true, even if it is invalid: %j", (spec, expected) => {
    expect(isPaused({ spec })).toBe(expected);
  });
});
