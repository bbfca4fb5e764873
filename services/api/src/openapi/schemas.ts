import {
  ACCESS_KEY_FORM,
  ACCESS_KEY_PATTERN,
  ERROR_CODES,
  MAX_PULL_LIMIT,
  PUSH_PLATFORMS,
  parseAccessKey,
  pullLimitSchema,
} from "@dumbwaiter/core";
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

/** The hash is all that is kept. */
export const accessKeySchema = z.strictObject({
  accessKey: z
    .string()
    .transform((text, context) => {
      const hash = parseAccessKey(text);
      if (hash === undefined) context.addIssue(ACCESS_KEY_FORM);
      return hash ?? z.NEVER;
    })
    .meta({
      pattern: ACCESS_KEY_PATTERN,
      description: "16 to 64 random bytes, in padded base64",
      examples: ["pW2Tz8kTn6xkJZ4m7Qh1rQ=="],
    }),
});

export const accessKeyStateSchema = z.object({
  setAt: z.iso.datetime().meta({ description: "When the key was set" }),
});

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

export type AccessKeyStateJson = z.infer<typeof accessKeyStateSchema>;
