import { BYTE_UNITS, bytes, LIMITS } from "@dumbwaiter/service/settings";
import type { SpecRule } from "./spec-rule.ts";

/** The ranges of sizes, which a field's own schema cannot state; a pod with another size would not start. */
export const LIMIT_RULES = LIMITS.flatMap((limit): SpecRule[] => {
  if (!("sizeRange" in limit)) return [];
  const { field, sizeRange } = limit;
  const name = field[1];
  const [min, max] = sizeRange;
  const unset = "fieldDefault" in limit ? `!has(self.limits.${name}) || ` : "";
  return [
    {
      message: `limits.${name} must be from ${min} to ${max}`,
      cel: `${unset}[${celBytes(`self.limits.${name}`)}].all(size, size >= ${bytes(min)}.0 && size <= ${bytes(max)}.0)`,
      holds: ({ limits }) => {
        const size = limits[name];
        return size === undefined || (bytes(size) >= bytes(min) && bytes(size) <= bytes(max));
      },
    },
  ];
});

/** What `bytes` computes, in floating point: 15 digits of GiB are more than an integer of CEL holds. */
function celBytes(size: string): string {
  const units = Object.entries(BYTE_UNITS).map(
    ([unit, factor]) => `${size}.endsWith('${unit}') ? ${factor}.0 : `,
  );
  return `double(${size}.find('^[0-9]+')) * (${units.join("")}1.0)`;
}
