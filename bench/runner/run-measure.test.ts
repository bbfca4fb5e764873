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

it("warms them up in turn before the first round", async () => {
  const log: string[] = [];
  const warmed = (subject: Subject, name: string): Subject => ({
    ...subject,
    warmUp: async () => void log.push(`warm ${name}`),
  });
  const cold = counted(log);
  const measure: Measure = {
    ...cold,
    open: async (tree, run) => warmed(await cold.open(tree, run), tree.commit),
  };
  await runMeasure(measure, now, before, { ...options, rounds: 1 });
  expect(log).toEqual([
    ...["warm now", "warm before", "warm before", "warm now"],
    ...["warm now", "warm before", "warm before", "warm now"],
    ...["now", "floor", "before", "close floor", "close before", "close now"],
  ]);
});

it("measures one tree alone", async () => {
  const rounds = await runMeasure(counted([]), now, undefined, { ...options, rounds: 1 });
  expect(rounds).toEqual([{ own: { walk: 1 }, floor: { walk: 1 } }]);
});

it("takes the rounds of the measure, unless it is told how many", async () => {
  const measure = { ...counted([]), rounds: 2 };
  const roundsOf = async (rounds?: number) =>
    (await runMeasure(measure, now, undefined, { ...options, rounds })).length;
  expect([await roundsOf(), await roundsOf(1), await roundsOf(4)]).toEqual([2, 1, 4]);
});

it("gives up on a round that does not end, says which, and closes what is open", async () => {
  const log: string[] = [];
  const measure: Measure = {
    ...counted(log),
    async openFloor() {
      return { round: () => new Promise(() => {}), close: async () => void log.push("close floor") };
    },
  };
  const late = { ...options, deadlineMs: 10 };
  await expect(runMeasure(measure, now, undefined, late)).rejects.toThrow("walk: round 1 of 3, the floor");
  expect(log).toEqual(["now", "close floor", "close now"]);
});

it("gives up on a start and on a stop that do not end", async () => {
  const never = () => new Promise<never>(() => {});
  const late = { ...options, deadlineMs: 10 };
  const starting = runMeasure({ ...counted([]), open: never }, now, undefined, late);
  await expect(starting).rejects.toThrow("walk: starting now");
  const open = async () => ({ round: async () => ({ walk: 1 }), close: never });
  const stopping = runMeasure({ ...counted([]), open }, now, undefined, late);
  await expect(stopping).rejects.toThrow("walk: stopping");
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
