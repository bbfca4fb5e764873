import { z } from "zod";

/** Parsers of raw values. Each message completes the sentence "NAME …". */

/** The least and the most that a parser takes, as the environment has them. */
interface Range {
  readonly min: number | string;
  readonly max: number | string;
}

const RANGES = z.registry<Range>();

/** For those parsers that have one. */
export function rangeOf(parser: z.ZodType): Range | undefined {
  return RANGES.get(parser);
}

const raw = z.string().transform((text) => text.trim());

/** How many bytes each unit of a size is. */
export const BYTE_UNITS = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

const UNIT = Object.keys(BYTE_UNITS).join("|");
const SIZE = new RegExp(`^(\\d{1,15}) ?(${UNIT}|)$`);

/** A size as a JSON field holds it. */
export const SIZE_FIELD = new RegExp(`^[1-9][0-9]{0,14}( ?(${UNIT}))?$`);

export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return raw
    .pipe(z.string().regex(/^\d{1,15}$/, { error: message, abort: true }))
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
    .register(RANGES, { min, max });
}

/** Also as JavaScript writes the numbers of JSON fields: `0.30000000000000004`, `1e-7`. */
export function decimal(min: number, max: number) {
  const message = `must be a number from ${min} to ${max}`;
  return raw
    .pipe(z.string().regex(/^\d{1,15}(\.\d{1,30})?(e-\d{1,3})?$/, { error: message, abort: true }))
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
    .register(RANGES, { min, max });
}

/** Seconds in the environment, milliseconds in the configuration. */
export function secondsAsMs(min: number, max: number) {
  return decimal(min, max)
    .transform((seconds) => Math.round(seconds * 1000))
    .register(RANGES, { min, max });
}

/** Days in the environment, milliseconds in the configuration. */
export function daysAsMs(min: number, max: number) {
  return wholeNumber(min, max)
    .transform((days) => days * 24 * 60 * 60 * 1000)
    .register(RANGES, { min, max });
}

/** `262144`, `256KiB`, `64MiB`, `1GiB`; `min` and `max` are such sizes themselves. */
export function byteSize(min: string, max: string) {
  const message = `must be a size from ${min} to ${max}, such as 262144, 256KiB, 64MiB or 1GiB`;
  return raw
    .transform(bytes)
    .pipe(z.number(message).min(bytes(min), message).max(bytes(max), message))
    .register(RANGES, { min, max });
}

/** @returns NaN for what is not a size */
export function bytes(text: string): number {
  const [, digits, unit] = SIZE.exec(text) ?? [];
  return Number(digits) * (unit ? BYTE_UNITS[unit as keyof typeof BYTE_UNITS] : 1);
}

export function text(pattern: RegExp, message: string) {
  return raw.pipe(z.string().regex(pattern, message));
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return raw.pipe(z.enum(values, `must be one of ${values.join(", ")}`));
}

/** An absolute URL of HTTP, as the caller wrote it. */
export const httpUrl = raw.pipe(
  z.string().refine((url) => /^https?:\/\//.test(url) && URL.canParse(url), "must be an http: or https: URL"),
);

/** The items of a comma-separated list, each of which `item` accepts. */
export function list(item: (text: string) => boolean, message: string) {
  return raw.transform(splitList).pipe(z.array(z.string().refine(item, message)));
}

export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
