import type { MessageId, MessageQueues, PageRequest, QueueAddress } from "@dumbwaiter/core";
import { RecentUsers } from "@dumbwaiter/service";
import { expect, it } from "@jest/globals";
import { Pace } from "./pace.ts";
import { readAtAPace } from "./reading-pace.ts";

const MIB = 1024 * 1024;
const REQUEST: PageRequest = { limit: 500, maxBytes: MIB };

/** Queues whose pages are this large. */
function open(bytes: number) {
  let reads = 0;
  const message = { id: "id" as MessageId, envelope: Buffer.alloc(bytes) };
  const queues = readAtAPace(
    {
      page: async () => {
        reads += 1;
        return { messages: [message], hasMore: true };
      },
    } as unknown as MessageQueues,
    new RecentUsers(() => new Pace()),
  );
  const read = (user: string) => queues.page({ user, queue: "default" } as QueueAddress, REQUEST);
  return { read, reads: () => reads };
}

it("lets a user read 4 MiB at once and 4 MiB a second, in whatever order pages are asked for", async () => {
  const { read, reads } = open(MIB);
  const startedAt = performance.now();
  const all = Array.from({ length: 10 }, () => read("mallory"));
  await Promise.all(all.slice(0, 4));
  expect(reads()).toBeLessThan(10);
  await read("bob");
  await Promise.all(all);
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
});

it("counts what a page held, not what it might have", async () => {
  const { read } = open(1024);
  const startedAt = performance.now();
  for (let pages = 0; pages < 120; pages += 1) await read("alice");
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});

it("counts a page as 64 KiB if it held less, because each costs the store a read", async () => {
  const { read } = open(24);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: 160 }, () => read("alice")));
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
});
