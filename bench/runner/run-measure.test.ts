import { expect, it } from "@jest/globals";
import type { Measure, Subject } from "./measure.ts";
import { runMeasure } from "./run-measure.ts";

const [now, before] = [
  { commit: "now", folder: "/now" },
  { commit: "before", folder: "/before" },
];

/** Counts its rounds, and notes what happens to it. */
function counted(log: string[]): Measure {
  const open = async (name: string): Promise<Subject> => {
    let rounds = 0;
    return {
      async round() {
        log.push(name);
        rounds += 1;
        return { walk: rounds };
      },
      close: async () => void log.push(`close ${name}`),
    };
  };
  return {
    ...{ name: "walk", title: "a walk", figures: [{ name: "walk", unit: "s" }] },
    open: ({ commit }) => open(commit),
    openFloor: () => open("floor"),
  };
}

const options = { rounds: 3, scale: 1, onStep: () => {} };

it("alternates, with the floor in between, and closes all", async () => {
  const log: string[] = [];
  const rounds = await runMeasure(counted(log), now, before, options);
  expect(log).toEqual([
    ...["now", "floor", "before"],
    ...["before", "floor", "now"],
    ...["now", "floor", "before"],
    ...["close floor", "close before", "close now"],
  ]);
  expect(rounds[2]).toEqual({ own: { walk: 3 }, floor: { walk: 3 }, against: { walk: 3 } });
});

it("measures one tree alone", async () => {
  const rounds = await runMeasure(counted([]), now, undefined, { ...options, rounds: 1 });
  expect(rounds).toEqual([{ own: { walk: 1 }, floor: { walk: 1 } }]);
});

it("closes what is open if a part does not start", async () => {
  const log: string[] = [];
  const measure = { ...counted(log), openFloor: () => Promise.reject(new Error("no floor")) };
  await expect(runMeasure(measure, now, undefined, options)).rejects.toThrow("no floor");
  expect(log).toEqual(["close now"]);
});

it("scales counts, but never to none", async () => {
  let scaled: number[] = [];
  const measure: Measure = {
    ...counted([]),
    open(_, run) {
      scaled = [run.scaled(5_000), run.scaled(30), run.scaled(2)];
      return counted([]).open(now, run);
    },
  };
  await runMeasure(measure, now, undefined, { ...options, scale: 0.05 });
  expect(scaled).toEqual([250, 2, 1]);
});
