import type { IngressDelivery } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import PQueue from "p-queue";
import type { Outages } from "../outages.ts";
import { createResyncRaiser } from "./resync-raiser.ts";

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
    const resync = createResyncRaiser({ bus, background, outages: atOnce });
    resync.raiseFor([record()]);
    expect(raises).toHaveLength(1);
    for (let failed = 0; failed < 10; failed += 1) resync.raiseFor([record()]);
    expect(raises).toHaveLength(1);
    raises[0]?.resolve();
    await new Promise(setImmediate);
    expect(raises).toHaveLength(2);
    raises[1]?.resolve();
    await background.onIdle();
    expect(raises).toHaveLength(2);
    resync.raiseFor([record()]);
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
      const resync = createResyncRaiser({ bus, background, outages: atOnce });
      resync.raiseFor([record()]);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      resync.raiseFor([record()]);
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
  const resync = createResyncRaiser({ bus, background, outages: atOnce });
  const acked: string[] = [];
  resync.raiseFor([record("first", acked)]);
  resync.raiseFor([record("second", acked)]);
  expect(acked).toEqual([]);
  raises[0]?.resolve();
  await new Promise(setImmediate);
  expect(acked).toEqual(["first"]);
  raises[1]?.resolve();
  await background.onIdle();
  expect(acked).toEqual(["first", "second"]);
});

it("holds at most 1,000 records, and acks the oldest for the newest", async () => {
  const raise = Promise.withResolvers<void>();
  const background = new PQueue();
  const bus = { raiseResync: () => raise.promise };
  const resync = createResyncRaiser({ bus, background, outages: atOnce });
  const acked: string[] = [];
  for (let count = 0; count < 1_003; count += 1) resync.raiseFor([record(String(count), acked)]);
  expect(acked).toEqual(["0", "1", "2"]);
  raise.resolve();
  await background.onIdle();
  expect(acked).toHaveLength(1_003);
});

function record(name = "any", acked: string[] = []): IngressDelivery {
  return {
    record: { data: Buffer.alloc(0), attributes: {} },
    attempt: 1,
    publishedAt: 0,
    ack: () => void acked.push(name),
    nack() {},
  };
}

const atOnce: Pick<Outages, "hold"> = { hold: (_stage, operation) => operation() };
