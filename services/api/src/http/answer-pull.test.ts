import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { newMessageId, type PullPart } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { expect, it } from "@jest/globals";
import { answerPull } from "./answer-pull.ts";

const newResponse = () => new ServerResponse(new IncomingMessage(new Socket()));

function newPart(): PullPart {
  const envelope = Buffer.from(JSON.stringify("A".repeat(100_000)));
  return { messages: [{ id: newMessageId(1), envelope }], isLast: false, hasMore: true };
}

it("does not keep the messages that wait to be taken by the client", async () => {
  const response = newResponse();
  const part = newPart();
  let asked = 0;
  async function* parts() {
    for (;;) {
      asked += 1;
      yield part;
    }
  }
  void answerPull(response, parts(), async () => {});
  await eventually(() => expect(part.messages).toEqual([]));
  expect([asked, response.writableNeedDrain]).toEqual([1, true]);
  response.destroy();
});

it("lets go of a part that waits to be written when the client goes", async () => {
  const response = newResponse();
  async function* parts() {
    yield newPart();
  }
  const answered = answerPull(response, parts(), async () => {
    response.destroy();
    await new Promise(() => {});
  });
  await answered;
  expect(response.writableLength).toBe(0);
});
