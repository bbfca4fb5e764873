import { ERROR_CODES, MAX_PULL_LIMIT, PUSH_PLATFORMS, pullLimitSchema } from "@dumbwaiter/core";
import { z } from "zod";

export const pullQuerySchema = z.object({
  limit: z
    .preprocess(
      (text) =>
        typeof text === "string" && /^\d+$/.test(text)
          ? Math.min(Number(text), Number.MAX_SAFE_INTEGER)
          : text,
      pullLimitSchema,
    )
    .meta({
      description: `Maximum number of messages to return; larger values are treated as ${MAX_PULL_LIMIT}`,
    }),
});

const printable = z.string().regex(/^[\x20-\x7e]+$/, "must be printable ASCII");

export const deviceRegistrationSchema = z.strictObject({
  push: z
    .strictObject({ platform: z.enum(PUSH_PLATFORMS), token: printable.max(4096) })
    .optional()
    .meta({ description: "Push target through which a notifier can wake the device; unchanged if omitted" }),
});

export const deviceSchema = z.object({
  id: z.string().meta({ examples: ["phone"] }),
  lastSeen: z.iso.datetime().meta({ description: "Accurate to a day" }),
  push: z.object({ platform: z.enum(PUSH_PLATFORMS) }).optional(),
});

export const deviceListSchema = z.object({ devices: z.array(deviceSchema) });

export const problemSchema = z
  .object({
    type: z.string().meta({ examples: ["about:blank"] }),
    title: z.string().meta({ description: "The status text" }),
    status: z.int(),
    detail: z.string().meta({ description: "For humans; may change" }),
    code: z.string().meta({
      description: "Stable. Treat one that you do not know by its status",
      examples: Object.keys(ERROR_CODES),
    }),
    path: z.string().optional().meta({ description: "The field, parameter or header that is invalid" }),
  })
  .meta({ description: "RFC 9457, with a stable `code`" });

export type DeviceJson = z.infer<typeof deviceSchema>;
