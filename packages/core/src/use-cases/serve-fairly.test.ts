import { describe, expect, it } from "@jest/globals";
import type { QueueAddress } from "../model/device.ts";
import type { MessageId } from "../model/message-id.ts";
import type { UserId } from "../model/user.ts";
import { type MessageQueues, NO_PAGE } from "../ports/message-queues.ts";
import { serveFairly } from "./serve-fairly.ts";

/** Queues whose deletes and purges end when the test says so. */
function slowQueues() {
  const deleting: { readonly user: string; readonly ids: number; end(): void }[] = [];
  const begin = (user: string, ids: number) =>
    new Promise<void>((end) => {
      deleting.push({ user, ids, end });
    });
  const queues = serveFairly({
    delete: ({ user }: QueueAddress, ids: readonly MessageId[]) => begin(user, ids.length),
    purge: ({ user }: QueueAddress) => begin(user, Number.POSITIVE_INFINITY),
  } as unknown as MessageQueues);
  return { queues, deleting };
}

const queueOf = (user: string) => ({ user: user as UserId, queue: "default" }) as unknown as QueueAddress;
const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `${index}` as MessageId);
const settled = () => new Promise(setImmediate);

describe("queues served fairly", () => {
  it("delete one id of a user as soon as others' have made room, whoever waits longer", async () => {
    const { queues, deleting } = slowQueues();
    for (const user of ["mallory", "eve", "mallory", "eve", "mallory", "eve"]) {
      void queues.delete(queueOf(user), idsOf(500));
    }
    void queues.delete(queueOf("alice"), idsOf(1));
    expect(deleting).toHaveLength(4);
    deleting[0]?.end();
    await settled();
    expect(deleting[4]).toMatchObject({ user: "alice", ids: 1 });
  });

  it("let nobody's acks wait for the queues of others to be purged", () => {
    const { queues, deleting } = slowQueues();
    for (const user of ["mallory", "eve", "carol", "dave", "mallory"]) void queues.purge(queueOf(user));
    void queues.delete(queueOf("alice"), idsOf(1));
    expect(deleting.map(({ user }) => user)).toEqual(["mallory", "eve", "carol", "alice"]);
  });

  it("read nothing for those who have left when their turn comes", async () => {
    const reading: { readonly user: string; end(): void }[] = [];
    const queues = serveFairly({
      page: ({ user }: QueueAddress) =>
        new Promise((end) => {
          reading.push({ user, end: () => end(NO_PAGE) });
        }),
    } as unknown as MessageQueues);
    let gone = false;
    const request = { limit: 1, maxBytes: 1, isGone: () => gone };
    const pages = Array.from({ length: 10 }, () => queues.page(queueOf("mallory"), request));
    expect(reading).toHaveLength(4);
    gone = true;
    for (const { end } of reading) end();
    expect(await Promise.all(pages)).toEqual(Array(10).fill(NO_PAGE));
    expect(reading).toHaveLength(4);
  });

  it("answer what the queues answer", async () => {
    const answers = { page: "page", find: "message", stillQueued: "ids", store: "outcomes" };
    const given: unknown[] = [];
    const answering = Object.entries(answers).map(([name, answer]) => [
      name,
      async (...args: unknown[]) => {
        given.push([name, ...args]);
        return answer;
      },
    ]);
    const queues = serveFairly(Object.fromEntries(answering));
    const [alice, ids, request] = [queueOf("alice"), idsOf(1), { limit: 1, maxBytes: 1 }];
    expect(await queues.page(alice, request)).toBe("page");
    expect(await queues.find(alice, ids[0] as MessageId)).toBe("message");
    expect(await queues.stillQueued(alice, ids)).toBe("ids");
    expect(await queues.store([])).toBe("outcomes");
    expect(given).toEqual([
      ["page", alice, request],
      ["find", alice, ids[0]],
      ["stillQueued", alice, ids],
      ["store", []],
    ]);
  });
});
