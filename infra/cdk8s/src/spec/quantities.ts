import { z } from "zod";

/** A Kubernetes name that labels and other names can be made from. */
export const dnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);

export const cpuQuantity = z
  .string()
  .max(7)
  .regex(/^[1-9][0-9]{0,5}m$|^[1-9][0-9]{0,2}$/, "must be a CPU quantity such as 500m or 2")
  .describe("CPU, such as 500m or 2.");

export const memoryQuantity = z
  .string()
  .max(8)
  .regex(/^[1-9][0-9]{0,5}(Mi|Gi)$/, "must be a memory quantity such as 512Mi or 2Gi")
  .describe("Memory, such as 512Mi or 2Gi.");

export const cidr = z
  .string()
  .max(47)
  .regex(/^[0-9a-fA-F.:]{2,43}\/[0-9]{1,3}$/, "must be a network such as 10.0.0.0/8")
  .describe("A network such as 10.0.0.0/8.");

export const labels = z.record(z.string(), z.string().max(4096));

/** @param quantity such as `512Mi` */
export function mebibytes(quantity: string): number {
  return Number.parseInt(quantity, 10) * (quantity.endsWith("Gi") ? 1024 : 1);
}
