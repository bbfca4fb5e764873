import { secureEnvelopeSchema } from "@dumbwaiter/core";
import { z } from "zod";

export const EXAMPLE_MESSAGE_ID = "01890a5d-ac96-774b-bcce-b302099a8057";

const acceptedIdSchema = z
  .uuidv7()
  .meta({ examples: [EXAMPLE_MESSAGE_ID], description: "A UUIDv7 that never changes" });

export const acceptedSchema = z.object({ id: acceptedIdSchema });

export const messageSchema = z.object({ id: acceptedIdSchema, envelope: secureEnvelopeSchema });

export const pageSchema = z.object({
  messages: z.array(messageSchema),
  hasMore: z.boolean().meta({ description: "Whether the queue holds more messages" }),
});
