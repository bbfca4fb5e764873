import { bytes, LIMITS } from "@dumbwaiter/service/settings";
import { describe, expect, it } from "@jest/globals";
import { MINIMAL } from "../../testing/variants.ts";
import { containerConfig } from "../constructs/workload/container-config.ts";
import { type StructuralSchema, structuralSchema } from "../crd/structural-schema.ts";
import { InvalidSpecError, parseProps } from "./parse-props.ts";
import { COMPONENTS, routingServiceSpecSchema } from "./routing-service-props.ts";

const { limits } = structuralSchema(routingServiceSpecSchema).properties ?? {};
const FIELDS = limits?.properties ?? {};

const EACH = LIMITS.map((limit) => ({ name: limit.name, field: limit.field[1], limit }));

function withLimit(field: string, value: unknown) {
  return parseProps("dumbwaiter", "messages", { ...MINIMAL, limits: { [field]: value } });
}

function isAccepted(field: string, value: unknown): boolean {
  try {
    withLimit(field, value);
    return true;
  } catch (error) {
    if (error instanceof InvalidSpecError) return false;
    throw error;
  }
}

/** Values at both ends of the range that the CRD states, and right behind them; and one with many decimals. */
function boundaries({ minimum, maximum }: StructuralSchema, sizeRange?: readonly string[]): unknown[] {
  if (sizeRange) return sizeRange.flatMap((size) => [-1, 0, 1].map((by) => String(bytes(size) + by)));
  const [min, max] = [Number(minimum), Number(maximum)];
  return [min / 2, min, min + 1, min + 1 / 3, max - 1, max, max + 1];
}

describe("spec.limits", () => {
  it("has a field for each limit, in the order of the table", () => {
    expect(Object.keys(FIELDS)).toEqual(EACH.map(({ field }) => field));
  });

  it.each(EACH)("has the default of $name", ({ field, limit }) => {
    const stated =
      FIELDS[field]?.default ?? /; (\S+) by default/.exec(String(FIELDS[field]?.description))?.[1];
    expect(String(stated)).toBe(limit.default);
  });

  it.each(EACH)("takes the values that $name takes, and no others", ({ field, limit }) => {
    const sizeRange = "sizeRange" in limit ? limit.sizeRange : undefined;
    const values = boundaries(FIELDS[field] as StructuralSchema, sizeRange);
    const accepted = values.filter((value) => isAccepted(field, value));
    expect(accepted).toEqual(values.filter((value) => limit.schema.safeParse(String(value)).success));
    expect(accepted.length).toBeGreaterThanOrEqual(4);
    expect(accepted.length).toBeLessThan(values.length);
  });

  it.each(EACH)("sets $name in the ConfigMap of the components that read it", ({ field, limit }) => {
    const readBy: readonly string[] = limit.readBy;
    const value = "sizeRange" in limit ? limit.sizeRange[0] : Number(FIELDS[field]?.maximum);
    const props = withLimit(field, value);
    const values = COMPONENTS.map((component) => containerConfig(props, component)[limit.name]);
    expect(values).toEqual(
      COMPONENTS.map((component) => (readBy.includes(component) ? String(value) : undefined)),
    );
  });
});
