import { invalidRequest, pullLimitSchema } from "@dumbwaiter/core";
import { z } from "zod";

export const pullSchema = z.strictObject({ limit: pullLimitSchema }).prefault({});

export const sendOptionsSchema = z.strictObject({ idempotencyKey: z.string().optional() }).prefault({});

export const tokenSchema = z.strictObject({ token: z.string().min(1, "must not be empty") });

/** Parses an argument of an event; a missing one arrives as undefined or null. @throws InvalidRequestError */
export function parseArgument<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? undefined);
  if (!result.success) throw invalidRequest(result.error, "the argument");
  return result.data;
}
