import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { routingServiceSpecSchema } from "../spec/routing-service-props.ts";
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

describe("structuralSchema", () => {
  it("refuses what a CRD cannot express", () => {
    const either = z.strictObject({ either: z.union([z.string(), z.number()]) });
    expect(() => structuralSchema(either)).toThrow("Not allowed in a structural schema: anyOf");
  });
});
