import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { newMessageId, type PullPart } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { expect, it } from "@jest/globals";
import { answerPull } from "./answer-pull.ts";

it("does not keep the messages that wait to be taken by the client", async () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const envelope = Buffer.from(JSON.stringify("A".repeat(100_000)));
  const part: PullPart = { messages: [{ id: newMessageId(1), envelope }], isLast: false, hasMore: true };
  let asked = 0;
  async function* parts() {
    for (;;) {
      asked += 1;
      yield part;
    }
  }
  void answerPull(response, parts(), () => {});
  await eventually(() => expect(part.messages).toEqual([]));
  expect([asked, response.writableNeedDrain]).toEqual([1, true]);
  response.destroy();
});
