import type { MessageId, MessageQueues, PageRequest, QueueAddress } from "@dumbwaiter/core";
import { RecentUsers } from "@dumbwaiter/service";
import { afterEach, expect, it, jest } from "@jest/globals";
import { Pace } from "./pace.ts";
import { readAtAPace, readInTurn } from "./reading-pace.ts";

const MIB = 1024 * 1024;
const REQUEST: PageRequest = { limit: 500, maxBytes: MIB };

afterEach(() => void jest.restoreAllMocks());

const atAPace = (queues: MessageQueues) => readAtAPace(queues, new RecentUsers(() => new Pace()));

/** Queues whose pages are this large. */
function open(bytesOf: (user: string) => number, paced: (queues: MessageQueues) => MessageQueues = atAPace) {
  let reads = 0;
  const queues = paced({
    page: async ({ user }: QueueAddress) => {
      reads += 1;
      const message = { id: "id" as MessageId, envelope: Buffer.alloc(bytesOf(user)) };
      return { messages: [message], hasMore: true };
    },
  } as unknown as MessageQueues);
  const read = (user: string, isGone?: () => boolean) =>
    queues.page({ user, queue: "default" } as QueueAddress, { ...REQUEST, ...(isGone && { isGone }) });
  return { read, reads: () => reads };
}

it("lets a user read 4 MiB at once and 4 MiB a second, in whatever order pages are asked for", async () => {
  const { read, reads } = open(() => MIB);
  const startedAt = performance.now();
  const all = Array.from({ length: 10 }, () => read("mallory"));
  await Promise.all(all.slice(0, 4));
  expect(reads()).toBeLessThan(10);
  await read("bob");
  await Promise.all(all);
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
});

it("counts what a page held, not what it might have", async () => {
  const { read } = open(() => 1024);
  // No time passes: the fifth MiB would wait for ever.
  jest.spyOn(performance, "now").mockReturnValue(performance.now());
  for (let pages = 0; pages < 60; pages += 1) await read("alice");
});

it("counts a page as 64 KiB if it held less, because each costs the store a read", async () => {
  const { read } = open(() => 24);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 160 }, () => read("alice")));
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
});

it("neither reads nor counts for those who leave while they wait", async () => {
  const { read, reads } = open(() => 5 * MIB);
  await read("alice");
  let gone = false;
  const left = Array.from({ length: 100 }, () => read("alice", () => gone));
  gone = true;
  const stayed = read("alice");
  const pages = await Promise.all(left);
  expect(pages.filter(({ messages }) => messages.length > 0)).toHaveLength(0);
  expect((await stayed).messages).toHaveLength(1);
  expect(reads()).toBe(2);
});

it("hands out 32 MiB a second to all users, in turn; small pages at once", async () => {
  const { read } = open((user) => (user === "alice" ? MIB / 16 : MIB), readInTurn);
  const startedAt = performance.now();
  const handedOut: string[] = [];
  const readBy = async (user: string) => {
    await read(user);
    handedOut.push(user);
  };
  const all = [...Array.from({ length: 40 }, () => readBy("mallory")), readBy("bob")];
  await Promise.all(Array.from({ length: 1_000 }, () => read("alice")));
  expect(handedOut.length).toBeLessThan(40);
  await Promise.all(all);
  expect(handedOut.indexOf("bob")).toBeLessThan(3);
  expect(performance.now() - startedAt).toBeGreaterThan(1_200);
});
