import { z } from "zod";
import { MAX_ACK_IDS } from "./limits/fixed-limits.ts";
import { type MessageId, parseMessageId } from "./message-id.ts";

const messageIdSchema = z
  .string()
  .refine((id) => parseMessageId(id) !== undefined, "must be a UUID")
  .transform((id) => parseMessageId(id) as MessageId)
  .meta({ format: "uuid", examples: ["01890a5d-ac96-774b-bcce-b302099a8057"] });

/** The messages that a recipient has saved, over HTTP and sockets alike. */
export const acknowledgementSchema = z.strictObject({
  messageIds: z
    .array(messageIdSchema)
    .max(MAX_ACK_IDS, `must contain at most ${MAX_ACK_IDS} IDs`)
    .meta({ description: "IDs that are not queued are ignored" }),
});
