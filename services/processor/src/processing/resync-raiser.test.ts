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
    resync.raise();
    expect(raises).toHaveLength(1);
    for (let failed = 0; failed < 10; failed += 1) resync.raise();
    expect(raises).toHaveLength(1);
    raises[0]?.resolve();
    await new Promise(setImmediate);
    expect(raises).toHaveLength(2);
    raises[1]?.resolve();
    await background.onIdle();
    expect(raises).toHaveLength(2);
    resync.raise();
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
      resync.raise();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      resync.raise();
      await background.onIdle();
      expect({ turns, raised }).toEqual({ turns, raised: 2 });
    }
  });
});

const atOnce: Pick<Outages, "hold"> = { hold: (_stage, operation) => operation() };
