import { afterEach, describe, expect, it } from "@jest/globals";
import { startPullServer } from "../../testing/pull-server.ts";
import { DeadLetterInbox, type KeptLetter } from "./dead-letter-inbox.ts";

const EMPTY_PULLS = 8;
const LETTER = {
  ackId: "lease",
  message: { messageId: "7", data: Buffer.from("{}"), attributes: { id: "m" } },
};

describe("DeadLetterInbox", () => {
  let close = async () => {};
  afterEach(() => close());

  it("lists a letter that comes after answers with nothing", async () => {
    const server = await startPullServer({ pulls: [...Array(EMPTY_PULLS).fill([]), [LETTER]] });
    const { emulatorHost } = server;
    const inbox = new DeadLetterInbox({ projectId: "a-project", emulatorHost, quietMs: 10_000 });
    close = async () => {
      await inbox.close();
      server.close();
    };
    const letters: KeptLetter[] = [];
    await inbox.list((letter) => letters.push(letter));
    expect(letters).toMatchObject([{ letterId: "7", record: { attributes: { id: "m" } } }]);
  }, 60_000);
});
