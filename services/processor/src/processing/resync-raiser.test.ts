import {
  type DeviceAddress,
  type DeviceId,
  type IngressDelivery,
  UnavailableError,
  type UserId,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { describe, expect, it } from "@jest/globals";
import PQueue from "p-queue";
import type { Outages } from "../outages.ts";
import { createResyncRaiser } from "./resync-raiser.ts";

const { signal } = new AbortController();

describe("resync raiser", () => {
  it("raises once for all failures before the raise began, and again for those since", async () => {
    const raises: PromiseWithResolvers<void>[] = [];
    const bus = {
      raiseResync() {
        const raise = Promise.withResolvers<void>();
        raises.push(raise);
        return raise.promise;
      },
    };
    const background = new PQueue();
    const resync = createResyncRaiser({ bus, background, outages: atOnce, signal }, 1);
    resync.raiseFor([record()], []);
    expect(raises).toHaveLength(1);
    for (let failed = 0; failed < 10; failed += 1) resync.raiseFor([record()], []);
    expect(raises).toHaveLength(1);
    raises[0]?.resolve();
    await eventually(() => expect(raises).toHaveLength(2));
    raises[1]?.resolve();
    await background.onIdle();
    expect(raises).toHaveLength(2);
    resync.raiseFor([record()], []);
    expect(raises).toHaveLength(3);
  });

  it("never misses a delivery that fails just as a raise ends", async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      let raised = 0;
      const bus = {
        async raiseResync() {
          raised += 1;
        },
      };
      const background = new PQueue();
      const resync = createResyncRaiser({ bus, background, outages: atOnce, signal }, 1);
      resync.raiseFor([record()], []);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      resync.raiseFor([record()], []);
      await background.onIdle();
      expect({ turns, raised }).toEqual({ turns, raised: 2 });
    }
  });
});

it("acks what a raise covers once it has succeeded, and what failed meanwhile after the next", async () => {
  const raises: PromiseWithResolvers<void>[] = [];
  const bus = {
    raiseResync() {
      raises.push(Promise.withResolvers<void>());
      return raises.at(-1)?.promise as Promise<void>;
    },
  };
  const background = new PQueue();
  const resync = createResyncRaiser({ bus, background, outages: atOnce, signal }, 1);
  const acked: string[] = [];
  resync.raiseFor([record("first", acked)], []);
  resync.raiseFor([record("second", acked)], []);
  expect(acked).toEqual([]);
  raises[0]?.resolve();
  await eventually(() => expect(raises).toHaveLength(2));
  expect(acked).toEqual(["first"]);
  raises[1]?.resolve();
  await background.onIdle();
  expect(acked).toEqual(["first", "second"]);
});

it("holds at most 1,000 records, and acks the oldest for the newest", async () => {
  const raise = Promise.withResolvers<void>();
  const background = new PQueue();
  const bus = { raiseResync: () => raise.promise };
  const resync = createResyncRaiser({ bus, background, outages: atOnce, signal }, 1);
  const acked: string[] = [];
  for (let count = 0; count < 1_003; count += 1) resync.raiseFor([record(String(count), acked)], []);
  expect(acked).toEqual(["0", "1", "2"]);
  raise.resolve();
  await background.onIdle();
  expect(acked).toHaveLength(1_003);
});

it("holds at most 16 MiB of records", async () => {
  const raise = Promise.withResolvers<void>();
  const background = new PQueue();
  const bus = { raiseResync: () => raise.promise };
  const resync = createResyncRaiser({ bus, background, outages: atOnce, signal }, 1);
  const acked: string[] = [];
  for (const name of ["first", "second"]) resync.raiseFor([record(name, acked, 8 * 1024 ** 2)], []);
  expect(acked).toEqual([]);
  resync.raiseFor([record("third", acked, 1)], []);
  expect(acked).toEqual(["first"]);
  raise.resolve();
  await background.onIdle();
  expect(acked).toEqual(["first", "second", "third"]);
});

it("raises for the devices whose delivery failed, once each, under the same id until it succeeds", async () => {
  const raises: unknown[][] = [];
  let fails = 2;
  const bus = {
    async raiseResync(...args: unknown[]) {
      raises.push(args);
      fails -= 1;
      if (fails >= 0) throw new UnavailableError("redis");
    },
  };
  const background = new PQueue();
  const resync = createResyncRaiser({ bus, background, outages: untilItWorks, signal }, 1);
  resync.raiseFor([record()], [alice, bob, alice]);
  resync.raiseFor([record()], [bob]);
  await background.onIdle();
  const [first, second, third, next] = raises;
  expect(first).toEqual([[alice, bob], expect.any(String)]);
  expect([second, third]).toEqual([first, first]);
  expect(next?.[0]).toEqual([bob]);
  expect(next?.[1]).not.toBe(first?.[1]);
  expect(raises).toHaveLength(4);
});

it("raises for all devices when there are too many, and for a record that comes again", async () => {
  const raised: (readonly DeviceAddress[] | undefined)[] = [];
  const bus = {
    async raiseResync(devices?: readonly DeviceAddress[]) {
      raised.push(devices);
    },
  };
  const background = new PQueue();
  const resync = createResyncRaiser({ bus, background, outages: atOnce, signal }, 1);
  const many = Array.from({ length: 10_001 }, (_, index) => address(`user-${index}`));
  resync.raiseFor([record()], many);
  await background.onIdle();
  resync.raiseFor([{ ...record(), attempt: 2 }], [alice]);
  await background.onIdle();
  resync.raiseFor([record()], [alice]);
  await background.onIdle();
  resync.raiseFor([record()], many.slice(1));
  await background.onIdle();
  expect(raised).toEqual([undefined, undefined, [alice], many.slice(1)]);
});

it("pauses between two raises", async () => {
  const raisedAt: number[] = [];
  const bus = {
    async raiseResync() {
      raisedAt.push(performance.now());
    },
  };
  const background = new PQueue();
  const resync = createResyncRaiser({ bus, background, outages: atOnce, signal }, 200);
  resync.raiseFor([record()], [alice]);
  for (let failed = 0; failed < 10; failed += 1) resync.raiseFor([record()], [alice]);
  await background.onIdle();
  const [first = 0, second = 0] = raisedAt;
  expect(raisedAt).toHaveLength(2);
  expect(second - first).toBeGreaterThan(190);
});

function address(user: string): DeviceAddress {
  return { user: user as UserId, device: "phone" as DeviceId };
}

const [alice, bob] = [address("alice"), address("bob")];

function record(name = "any", acked: string[] = [], bytes = 0): IngressDelivery {
  return {
    record: { data: Buffer.alloc(bytes), attributes: {} },
    attempt: 1,
    publishedAt: 0,
    ack: () => void acked.push(name),
    nack() {},
  };
}

const atOnce: Pick<Outages, "hold"> = { hold: (_stage, operation) => operation() };

const untilItWorks: Pick<Outages, "hold"> = {
  async hold(_stage, operation) {
    for (;;) {
      try {
        return await operation();
      } catch {}
    }
  },
};
