import { z } from "zod";

/** A Kubernetes name that labels and other names can be made from. */
export const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);

const WHOLE = { "x-kubernetes-int-or-string": true };
/** The type of a number or text in a CRD, where it is none. */
const ANY = { "x-kubernetes-preserve-unknown-fields": true };

function quantity(pattern: RegExp, number: z.ZodNumber, type: object, message: string) {
  return z
    .union([z.string().max(32, message).regex(pattern, message), number], { error: message })
    .meta({ ...type });
}

const PLAIN = /^[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;

/** A quantity in a field of Kubernetes that is passed on as it is. Kubernetes itself has more forms. */
export const plainQuantity = quantity(
  PLAIN,
  z.int().min(0).max(1e15),
  WHOLE,
  "must be a quantity such as 64Mi or 67108864",
);

/** As {@link plainQuantity}. */
export const plainCpu = quantity(
  PLAIN,
  z.number().min(0).max(999),
  ANY,
  "must be a CPU quantity such as 100m, 0.1 or 1",
);

/** With at most three digits after the point, and not 0. */
const FRACTION = "(0\\.([1-9][0-9]{0,2}|0[1-9][0-9]?|00[1-9])|[1-9][0-9]{0,2}(\\.[0-9]{1,3})?)";

export const cpuQuantity = quantity(
  new RegExp(`^([1-9][0-9]{0,5}m|${FRACTION})$`),
  z.number().positive().max(999),
  ANY,
  "must be a CPU quantity such as 500m, 0.5 or 2",
).describe("CPU, such as 500m, 0.5 or 2.");

/** Bytes of a quantity's units. */
const MEMORY_UNITS: Readonly<Record<string, number>> = {
  ...{ k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** Plain bytes from 16 MiB on: fewer are a forgotten unit. */
const MIN_BYTES = 16 * 2 ** 20;

export const memoryQuantity = quantity(
  new RegExp(`^([1-9][0-9]{7,14}|[1-9][0-9]{0,9}(Ki|k)|([1-9][0-9]{0,5}|${FRACTION})([MGT]i?))$`),
  z.int().min(MIN_BYTES).max(1e15),
  WHOLE,
  "must be a memory quantity such as 512Mi, 1.5Gi or 536870912",
).describe("Memory, such as 512Mi, 1.5Gi or 536870912 (bytes).");

export type Quantity = z.output<typeof cpuQuantity>;

const OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
const V4 = `(${OCTET}\\.){3}${OCTET}/(3[0-2]|[12]?[0-9])`;
const V6 = `(${ipv6()})/(12[0-8]|1[01][0-9]|[1-9]?[0-9])`;

export const cidr = z
  .string()
  .max(47)
  .regex(new RegExp(`^(${V4}|${V6})$`), "must be a network such as 10.0.0.0/8 or fd00::/8")
  .describe("A network such as 10.0.0.0/8 or fd00::/8.");

/** Eight groups, or up to seven around one `::`. */
function ipv6(): string {
  const group = "[0-9a-fA-F]{1,4}";
  const around = [1, 2, 3, 4, 5, 6].map((before) => `(${group}:){${before}}(:${group}){1,${7 - before}}`);
  return [`(${group}:){7}${group}`, ...around, `(${group}:){1,7}:`, `:((:${group}){1,7}|:)`].join("|");
}

export const labels = z.record(z.string(), z.string().max(4096));

/** @param memory such as `512Mi` */
export function mebibytes(memory: Quantity): number {
  const [, amount = "", unit = ""] = /^([0-9.]+)([A-Za-z]*)$/.exec(String(memory)) ?? [];
  return (Number(amount) * (MEMORY_UNITS[unit] ?? 1)) / 2 ** 20;
}
