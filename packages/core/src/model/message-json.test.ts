import { describe, expect, it } from "@jest/globals";
import { type MessageId, newMessageId } from "./message-id.ts";
import { messageJson, messagesJsonPieces } from "./message-json.ts";

const message = (envelope: string) => ({ id: newMessageId(0) as MessageId, envelope: Buffer.from(envelope) });

describe("the JSON of messages", () => {
  it("holds the envelope's very bytes", () => {
    const { id, envelope } = message('{ "a" : 1.0e1, "é":"\\u00e9" ,"a2":"漢"}');
    const prefix = Buffer.from(`{"id":"${id}","envelope":`);
    const bytes = Buffer.concat([prefix, envelope, Buffer.from("}")]);
    expect(Buffer.from(messageJson({ id, envelope }))).toEqual(bytes);
    expect(Buffer.concat(messagesJsonPieces([{ id, envelope }]))).toEqual(bytes);
    const comma = Buffer.from(",");
    const two = Buffer.concat([bytes, comma, bytes]);
    expect(
      Buffer.concat(
        messagesJsonPieces([
          { id, envelope },
          { id, envelope },
        ]),
      ),
    ).toEqual(two);
    expect(messagesJsonPieces([])).toEqual([]);
  });
});
