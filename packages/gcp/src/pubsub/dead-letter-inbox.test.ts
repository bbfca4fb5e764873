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

  async function open(pulls: (typeof LETTER)[][], quietMs: number) {
    const server = await startPullServer({ pulls });
    const inbox = new DeadLetterInbox({
      projectId: "a-project",
      emulatorHost: server.emulatorHost,
      quietMs,
    });
    close = async () => {
      await inbox.close();
      server.close();
    };
    return { server, inbox };
  }

  it("lists a letter that comes after answers with nothing", async () => {
    const { inbox } = await open([...Array(EMPTY_PULLS).fill([]), [LETTER]], 10_000);
    const letters: KeptLetter[] = [];
    await inbox.list((letter) => letters.push(letter));
    expect(letters).toMatchObject([{ letterId: "7", record: { attributes: { id: "m" } } }]);
  }, 60_000);

  it("keeps a letter whose record it could not publish again", async () => {
    // This server serves pulls alone.
    const { server, inbox } = await open([[LETTER]], 500);
    await expect(inbox.replay(() => true)).rejects.toMatchObject({ code: "unavailable" });
    expect(server.acked()).toEqual([]);
  });
});
