import { describe, expect, it } from "@jest/globals";
import { type MessageId, newMessageId } from "./message-id.ts";
import { messageJson } from "./message-json.ts";

const message = (envelope: string) => ({ id: newMessageId(0) as MessageId, envelope: Buffer.from(envelope) });

describe("the JSON of messages", () => {
  it("holds the envelope's very bytes", () => {
    const { id, envelope } = message('{ "a" : 1.0e1, "é":"\\u00e9" ,"a2":"漢"}');
    const bytes = Buffer.from(messageJson({ id, envelope }));
    const prefix = Buffer.from(`{"id":"${id}","envelope":`);
    expect(bytes).toEqual(Buffer.concat([prefix, envelope, Buffer.from("}")]));
  });
});
