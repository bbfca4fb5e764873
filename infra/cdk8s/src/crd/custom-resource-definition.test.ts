import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { routingServiceSpecSchema } from "../spec/routing-service-props.ts";
import { customResourceDefinition, ROUTING_SERVICE } from "./custom-resource-definition.ts";
import { routingServiceStatusSchema } from "./routing-service-status.ts";
import { type StructuralSchema, structuralSchema } from "./structural-schema.ts";

const SPEC = [...schemasIn(structuralSchema(routingServiceSpecSchema), "spec")];
const STATUS = [...schemasIn(structuralSchema(routingServiceStatusSchema), "status")];

/** Every schema within a schema, by its path. */
function* schemasIn(schema: StructuralSchema, path: string): Generator<[string, StructuralSchema]> {
  yield [path, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* schemasIn(property, `${path}.${name}`);
  }
  if (schema.items) yield* schemasIn(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* schemasIn(schema.additionalProperties, `${path}{}`);
}

describe("the CRD", () => {
  it("describes every field", () => {
    const mute = [...SPEC, ...STATUS].filter(
      ([path, { description }]) => !/(^spec|^status|\[\]|\{\})$/.test(path) && !description,
    );
    expect(mute.map(([path]) => path)).toEqual([]);
  });

  it("bounds every string, list and number, so that the cost of rules is bounded", () => {
    const bounds: Readonly<Record<string, string>> = {
      string: "maxLength",
      array: "maxItems",
      integer: "maximum",
      number: "maximum",
    };
    const unbounded = [...SPEC, ...STATUS].filter(([, schema]) => {
      const bound = bounds[schema.type ?? ""];
      return bound !== undefined && schema[bound] === undefined && schema.enum === undefined;
    });
    expect(unbounded.map(([path]) => path)).toEqual([]);
  });
});

describe("the versions of the CRD", () => {
  const { versions, conversion } = customResourceDefinition().spec as Versions;

  it("need no conversion: all have the same schema, and only their name and whether they are stored differ", () => {
    expect(conversion).toEqual({ strategy: "None" });
    expect(versions.map(({ name }) => name)).toEqual(["v1alpha1", "v1beta1"]);
    const [first, ...others] = versions.map(({ name, storage, ...version }) => version);
    for (const other of others) expect(other).toEqual(first);
  });

  it("store the one that version 0.1.0 knows, so that its CRD can come back", () => {
    expect(versions.filter(({ storage }) => storage).map(({ name }) => name)).toEqual(["v1alpha1"]);
    expect(ROUTING_SERVICE.apiVersion).toBe("dumbwaiter.io/v1alpha1");
  });
});

interface Versions {
  readonly conversion: object;
  readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
}

describe("structuralSchema", () => {
  it("refuses what a CRD cannot express", () => {
    const either = z.strictObject({ either: z.union([z.string(), z.number()]) });
    expect(() => structuralSchema(either)).toThrow("Not allowed in a structural schema: anyOf");
  });
});
