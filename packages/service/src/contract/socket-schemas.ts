import {
  ACCESS_KEY_PATTERN,
  CLOSING_CODES,
  type ClosingCode,
  ERROR_CODES,
  type ErrorCode,
  IDEMPOTENCY_KEY_PATTERN,
  pullLimitSchema,
} from "@dumbwaiter/core";
import { z } from "zod";
import { acceptedSchema, pageSchema } from "./message-schemas.ts";

/** What clients send over a socket, besides an envelope and an acknowledgement. */
export const pullRequestSchema = z.strictObject({ limit: pullLimitSchema });

export const sendOptionsSchema = z.strictObject({
  idempotencyKey: z.string().optional().meta({ format: "uuid", pattern: IDEMPOTENCY_KEY_PATTERN }),
  accessKey: z.string().optional().meta({
    pattern: ACCESS_KEY_PATTERN,
    description: "The recipient's access key. An anonymous socket needs it; any other refuses it",
  }),
});

export const tokenSchema = z.strictObject({ token: z.string().min(1, "must not be empty") });

export const clientErrorSchema = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string().meta({ description: "For humans; may change" }),
  retryable: z.boolean().meta({ description: "Whether the same request may succeed later" }),
  path: z.string().optional().meta({ description: "The field that is invalid" }),
  retryAfterMs: z.number().optional().meta({ description: "How long to wait, in milliseconds" }),
});

export const failureSchema = z.object({ ok: z.literal(false), error: clientErrorSchema });

const ok = z.literal(true);
export const doneSchema = z.object({ ok });
export const sentSchema = acceptedSchema.extend({ ok });
export const pulledSchema = pageSchema.extend({ ok });

export const closingSchema = z.object({
  code: z.enum(Object.keys(CLOSING_CODES) as [ClosingCode, ...ClosingCode[]]),
  retryable: z.boolean().meta({ description: "Whether stock clients reconnect by themselves" }),
  afterMs: z
    .number()
    .optional()
    .meta({ description: "How long to wait before reconnecting, in milliseconds" }),
});

/** The event that a client gets before its socket closes. */
export type Closing = Readonly<z.infer<typeof closingSchema>>;
