import {
  DEFAULT_PULL_LIMIT,
  InvalidRequestError,
  MAX_ACK_IDS,
  MAX_PULL_LIMIT,
  type MessageId,
  parseMessageId,
} from "@dumbwaiter/core";
import { z } from "zod";

const messageIdSchema = z.string().transform((id, context): MessageId => {
  const parsed = parseMessageId(id);
  if (parsed !== undefined) return parsed;
  context.addIssue("must be a UUID");
  return z.NEVER;
});

export const ackSchema = z.strictObject({
  messageIds: z.array(messageIdSchema).max(MAX_ACK_IDS, `must hold at most ${MAX_ACK_IDS} ids`),
});

export const pullSchema = z
  .strictObject({
    limit: z
      .int("must be an integer of at least 1")
      .min(1, "must be an integer of at least 1")
      .default(DEFAULT_PULL_LIMIT)
      .transform((limit) => Math.min(limit, MAX_PULL_LIMIT)),
  })
  .prefault({});

export const sendOptionsSchema = z.strictObject({ idempotencyKey: z.string().optional() }).prefault({});

export const tokenSchema = z.strictObject({ token: z.string().min(1, "must not be empty") });

/** Reads an argument of an event; an absent one comes as undefined or null. @throws InvalidRequestError */
export function parseArgument<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value ?? undefined);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  if (unknown !== undefined) throw new InvalidRequestError("invalid_request", "unknown field", unknown);
  const path = issue?.path.join(".") || undefined;
  throw new InvalidRequestError("invalid_request", `${path ?? "the argument"}: ${issue?.message}`, path);
}
