import { bytes } from "./quantities.ts";
import type { SpecRule } from "./spec-rule.ts";

/** Between which sizes the services take their limits; a pod with another would not start. */
const RANGES = {
  maxEnvelopeBytes: ["1KiB", "900KiB"],
  maxBufferedBytes: ["64KiB", "64MiB"],
  senderBytesPerHour: ["1KiB", "1024GiB"],
  recipientBytesPerHour: ["1KiB", "1024GiB"],
} as const;

export const LIMIT_RULES = Object.entries(RANGES).map(([name, [least, most]]): SpecRule => {
  const limit = name as keyof typeof RANGES;
  return {
    message: `limits.${limit} must be from ${least} to ${most}`,
    cel: `[${celBytes(`self.limits.${limit}`)}].all(size, size >= ${bytes(least)}.0 && size <= ${bytes(most)}.0)`,
    holds: ({ limits }) => bytes(limits[limit]) >= bytes(least) && bytes(limits[limit]) <= bytes(most),
  };
});

/** What `bytes` computes, in floating point: 15 digits of GiB are more than an integer of CEL holds. */
function celBytes(size: string): string {
  const unit = `${size}.endsWith('KiB') ? ${bytes("1KiB")}.0 : ${size}.endsWith('MiB') ? ${bytes("1MiB")}.0 : ${size}.endsWith('GiB') ? ${bytes("1GiB")}.0 : 1.0`;
  return `double(${size}.find('^[0-9]+')) * (${unit})`;
}
