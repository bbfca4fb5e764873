import { z } from "zod";

/** The largest object that is passed on to Kubernetes as it is, as JSON. */
const MAX_OPAQUE_BYTES = 16_384;

interface FieldRule<T> {
  /** For the API server; `self` is the field. */
  readonly cel: string;
  readonly message: string;
  readonly holds: (value: T) => boolean;
}

/** A field with a rule of its own, stated twice: as code, and as CEL. Both report the field's path. */
export function withRule<S extends z.ZodType>(schema: S, { cel, message, holds }: FieldRule<z.output<S>>): S {
  return schema.refine(holds, message).meta({ "x-kubernetes-validations": [{ rule: cel, message }] });
}

/** @param why completes the sentence that the name begins: `REDIS_URL is set by …` */
export function notOneOf(schema: z.ZodString, names: readonly string[], why: string): z.ZodString {
  const rule = `!(self in ${JSON.stringify(names)})`;
  const messageExpression = `self + ${JSON.stringify(` ${why}`)}`;
  return schema
    .refine((name) => !names.includes(name), { error: ({ input }) => `${input} ${why}` })
    .meta({ "x-kubernetes-validations": [{ rule, message: why, messageExpression }] });
}

/** A map of at most `maxProperties` entries. */
export function boundedMap<V extends z.ZodType>(value: V, maxProperties = 64) {
  return z
    .record(z.string(), value)
    .refine((map) => Object.keys(map).length <= maxProperties, `must have at most ${maxProperties} entries`)
    .meta({ maxProperties });
}

/** An object that Kubernetes itself validates. */
export function opaque(isValid: (value: unknown) => boolean = () => true, message = "is not valid") {
  return z
    .record(z.string(), z.unknown())
    .refine(
      (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_OPAQUE_BYTES,
      `must be at most ${MAX_OPAQUE_BYTES} bytes as JSON`,
    )
    .refine(isValid, message)
    .meta({ "x-kubernetes-preserve-unknown-fields": true });
}

/** A list whose items have different keys. Field managers own its items one by one. */
export function listBy<S extends z.ZodObject>(key: keyof S["shape"] & string, item: S, maxItems: number) {
  const keyOf = (each: z.output<S>) => (each as Record<string, unknown>)[key];
  return z
    .array(item)
    .max(maxItems)
    .refine((items) => new Set(items.map(keyOf)).size === items.length, `must not repeat a ${key}`)
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] });
}

/** A number of pods, or a percentage of them. */
export const countOrPercent = z
  .union([
    z.int().min(0).max(1000),
    z
      .string()
      .max(4)
      .regex(/^(100|[1-9]?[0-9])%$/, "must be a number of pods or a percentage"),
  ])
  .meta({ "x-kubernetes-int-or-string": true });
