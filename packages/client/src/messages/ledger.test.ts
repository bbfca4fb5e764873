import { describe, expect, it } from "@jest/globals";
import { memoryStore } from "../stores/memory-store.ts";
import type { Mark, Store } from "../stores/store.ts";
import { Ledger } from "./ledger.ts";

const idOf = (number: number) => `01890a5d-ac96-774b-bcce-${String(number).padStart(12, "0")}`;

describe("ephemeral messages that were handed over", () => {
  it("displace no acknowledged message, and never reach the store", async () => {
    const written: (readonly [string, Mark | "forgotten"])[] = [];
    const store: Store = {
      ...memoryStore(),
      write: async (changes) => {
        written.push(...changes);
      },
    };
    const ledger = new Ledger(store, 2);
    await ledger.acked([idOf(1)]);
    for (let number = 10; number < 20; number++) ledger.handedOver(idOf(number));
    await ledger.acked([idOf(2), idOf(19)]);
    expect([idOf(1), idOf(2), idOf(19)].map((id) => ledger.stateOf(id))).toEqual(Array(3).fill("acked"));
    expect(written).toEqual([
      [idOf(1), "acked"],
      [idOf(2), "acked"],
    ]);
  });

  it("are remembered for a while only", () => {
    const ledger = new Ledger(memoryStore());
    for (let number = 0; number < 1_001; number++) ledger.handedOver(idOf(number));
    expect([0, 1, 1_000].map((number) => ledger.stateOf(idOf(number)))).toEqual([
      undefined,
      "acked",
      "acked",
    ]);
  });
});
