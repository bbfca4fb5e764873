import {
  DEFAULT_PULL_LIMIT,
  ERROR_CODES,
  type ErrorCode,
  MAX_PULL_LIMIT,
  PUSH_PLATFORMS,
  secureEnvelopeSchema,
} from "@dumbwaiter/core";
import { z } from "zod";

const EXAMPLE_ID = "01890a5d-ac96-774b-bcce-b302099a8057";

export const pullQuerySchema = z.object({
  limit: z
    .preprocess(
      (text) =>
        typeof text === "string" && /^\d+$/.test(text) ? Math.min(Number(text), MAX_PULL_LIMIT) : text,
      z
        .int("must be an integer of at least 1")
        .min(1, "must be an integer of at least 1")
        .default(DEFAULT_PULL_LIMIT),
    )
    .meta({ description: `Messages at most; over ${MAX_PULL_LIMIT} is ${MAX_PULL_LIMIT}` }),
});

const printable = z.string().regex(/^[\x20-\x7e]+$/, "must be printable ASCII");

export const deviceRegistrationSchema = z.strictObject({
  push: z
    .strictObject({ platform: z.enum(PUSH_PLATFORMS), token: printable.max(4096) })
    .optional()
    .meta({ description: "Where a notifier wakes the device; stays as it was where it is left out" }),
});

const acceptedIdSchema = z.uuidv7().meta({ examples: [EXAMPLE_ID], description: "A UUIDv7, fixed for ever" });

export const acceptedSchema = z.object({ id: acceptedIdSchema });

export const messageSchema = z.object({ id: acceptedIdSchema, envelope: secureEnvelopeSchema });

export const pageSchema = z.object({
  messages: z.array(messageSchema),
  hasMore: z.boolean().meta({ description: "Whether the queue holds more than this" }),
});

export const deviceSchema = z.object({
  id: z.string().meta({ examples: ["phone"] }),
  lastSeen: z.iso.datetime().meta({ description: "Exact to a day" }),
  push: z.object({ platform: z.enum(PUSH_PLATFORMS) }).optional(),
});

export const deviceListSchema = z.object({ devices: z.array(deviceSchema) });

export const problemSchema = z
  .object({
    type: z.literal("about:blank"),
    title: z.string().meta({ description: "The status in words" }),
    status: z.int(),
    detail: z.string().meta({ description: "For people; may change" }),
    code: z.enum(Object.keys(ERROR_CODES) as ErrorCode[]),
    path: z.string().optional().meta({ description: "The field, parameter or header that is wrong" }),
  })
  .meta({ description: "RFC 9457, with a stable `code`" });

export type Problem = z.infer<typeof problemSchema>;
export type DeviceJson = z.infer<typeof deviceSchema>;
