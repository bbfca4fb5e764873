import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { expect, it } from "@jest/globals";
import { BATCH_LIMITS } from "./micro-batcher.ts";
import { createRecipientLanes, LANE_LIMITS } from "./recipient-lanes.ts";

const LIMITS = { ...BATCH_LIMITS, ...LANE_LIMITS, maxMessages: 20, maxInFlight: 2, maxShared: 5 };

it("gives a recipient for whom many records wait one batch at a time, which others neither share nor wait for", async () => {
  const { lanes, begun, finish, add } = open();
  // Both shared batches are taken, by records of the hot recipient among others.
  add("hot 1", "a 1");
  await eventually(() => expect(begun).toEqual(["hot1 a1"]));
  add("hot 1", "b 1");
  await eventually(() => expect(begun).toHaveLength(2));
  add("hot 30", "c 2");
  await eventually(() => expect(begun[2]).toMatch(/^(hot30 ){19}hot30$/));
  finish(0);
  await eventually(() => expect(begun[3]).toBe("c2 c2"));
  finish(3);
  add("hot 3", "d 1");
  await eventually(() => expect(begun[4]).toBe("d1"));
  expect(begun.filter((batch) => batch.includes("hot"))).toHaveLength(3);
  finish(2);
  await eventually(() => expect(begun[5]).toMatch(/^(hot30 ){10}hot3 hot3 hot3$/));
  for (const index of [1, 4, 5]) finish(index);
  await lanes.flush();
});

it("bounds the batches of all lanes together", async () => {
  const { lanes, begun, finish, add } = open({ maxLanesInFlight: 2 });
  add("a 20", "b 20", "c 20");
  await eventually(() => expect(begun).toHaveLength(2));
  add("d 1");
  await eventually(() => expect(begun[2]).toBe("d1"));
  finish(0);
  await eventually(() => expect(begun).toHaveLength(4));
  for (const index of [1, 2, 3]) finish(index);
  await lanes.flush();
});

it("gives large records batches of their own, a few at a time, which others neither share nor wait for", async () => {
  const { lanes, begun, finish, add } = open({ maxLargeInFlight: 1, maxInFlight: 1 });
  add("large 3", "a 1");
  await eventually(() => expect(begun.toSorted()).toEqual(["a1", "large3 large3 large3"]));
  add("large 2", "b 1");
  finish(begun.indexOf("a1"));
  await eventually(() => expect(begun[2]).toBe("b1"));
  finish(begun.indexOf("large3 large3 large3"));
  await eventually(() => expect(begun[3]).toBe("large2 large2"));
  for (const index of [2, 3]) finish(index);
  await lanes.flush();
});

it("lets a recipient share batches again once its lane has been empty for a while", async () => {
  const { begun, finish, add, untilShared } = open({ lingerMs: 1 });
  add("a 20");
  await eventually(() => expect(begun).toHaveLength(1));
  finish(0);
  await untilShared();
});

it("lets it share batches again even if batches of its lane have left records", async () => {
  const { begun, finish, add, untilShared } = open({ lingerMs: 1 }, 5);
  add("a 12");
  for (let index = 0; index < 3; index += 1) {
    await eventually(() => expect(begun.length).toBeGreaterThan(index));
    finish(index);
  }
  await untilShared();
});

it("keeps what a batch of a lane leaves, and flushes all", async () => {
  const { lanes, begun, finish, add } = open({}, 5);
  add("a 12");
  await eventually(() => expect(begun).toHaveLength(1));
  const flushed = lanes.flush();
  finish(0);
  await eventually(() => expect(begun).toHaveLength(2));
  finish(1);
  await eventually(() => expect(begun).toHaveLength(3));
  finish(2);
  await flushed;
  expect(begun.map((batch) => batch.split(" ").length)).toEqual([12, 7, 2]);
});

/**
 * Lanes whose batches end when the test says so.
 *
 * @param most the records of a batch that are processed; the others are left
 */
function open(limits: Partial<typeof LIMITS> = {}, most = Number.POSITIVE_INFINITY) {
  const begun: string[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const lanes = createRecipientLanes(
    (batch, chosen) => {
      begun.push(batch.map(({ record }) => record.attributes.id).join(" "));
      ends.push(Promise.withResolvers());
      chosen(batch.slice(most));
      return ends.at(-1)?.promise as Promise<void>;
    },
    { ...LIMITS, ...limits },
  );
  const finish = (index: number) => ends[index]?.resolve();
  /** @param records `<recipient> <number>` each */
  function add(...records: string[]) {
    for (const each of records) {
      const [recipient = "", count] = each.split(" ");
      for (let left = Number(count); left > 0; left -= 1)
        lanes.add(record(recipient, `${recipient}${count}`));
    }
  }
  /** Resolves once a record of the recipient "a" shares a batch with another's. */
  async function untilShared() {
    await eventually(async () => {
      const before = begun.length;
      add("a 1", "b 1");
      await eventually(() => expect(begun.length).toBeGreaterThan(before));
      for (let index = 0; index < begun.length; index += 1) finish(index);
      expect(begun.at(-1)).toBe("a1 b1");
    });
    await lanes.flush();
  }
  return { lanes, begun, finish, add, untilShared };
}

function record(recipient: string, id: string): IngressDelivery {
  return {
    record: { data: Buffer.alloc(recipient === "large" ? 64 * 1024 + 1 : 1), attributes: { id, recipient } },
    attempt: 1,
    publishedAt: 0,
    ack() {},
    nack() {},
  };
}
