import { describe, expect, it } from "@jest/globals";
import { createBackground } from "./background.ts";
import type { Outages } from "./outages.ts";
import { createResyncRaiser } from "./resync-raiser.ts";

describe("resync raiser", () => {
  it("raises once for all that failed before the raise began, and once more for what failed since", async () => {
    const raises: PromiseWithResolvers<void>[] = [];
    const bus = {
      raiseResync() {
        const raise = Promise.withResolvers<void>();
        raises.push(raise);
        return raise.promise;
      },
    };
    const background = createBackground();
    const resync = createResyncRaiser({ bus, background, outages: atOnce });
    resync.raise();
    expect(raises).toHaveLength(1);
    for (let failed = 0; failed < 10; failed += 1) resync.raise();
    expect(raises).toHaveLength(1);
    raises[0]?.resolve();
    await new Promise(setImmediate);
    expect(raises).toHaveLength(2);
    raises[1]?.resolve();
    await background.settled();
    expect(raises).toHaveLength(2);
    resync.raise();
    expect(raises).toHaveLength(3);
  });
});

const atOnce: Pick<Outages, "hold"> = { hold: (_stage, operation) => operation() };
