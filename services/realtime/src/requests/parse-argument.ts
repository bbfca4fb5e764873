import { invalidRequest } from "@dumbwaiter/core";
import type { z } from "zod";

/** Parses an argument of an event; a missing one arrives as undefined or null. @throws InvalidRequestError */
export function parseArgument<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? undefined);
  if (!result.success) throw invalidRequest(result.error, "the argument");
  return result.data;
}
