import { expect, it } from "@jest/globals";
import { parseArguments } from "./arguments.ts";

const parse = (...args: string[]) => parseArguments(args, ["walk", "run", "rest"]);

it("measures all, in the rounds of each, by default", () => {
  expect(parse()).toMatchObject({ only: [], rounds: undefined, scale: 1, json: false, help: false });
});

it("takes measures one by one and in a list", () => {
  expect(parse("--only", "walk,run", "--only", "rest").only).toEqual(["walk", "run", "rest"]);
});

it("measures nothing only to write", () => {
  expect(parse("--rounds", "0", "--write")).toMatchObject({ rounds: 0, write: true });
});

it("takes the other commit", () => {
  expect(parse("--against", "HEAD~3", "--rounds", "7")).toMatchObject({ against: "HEAD~3", rounds: 7 });
});

it.each([
  [["--only", "fly"], "there is no measure fly; there are walk, run, rest"],
  [["--rounds", "0"], "--rounds"],
  [["--rounds", "many"], "--rounds"],
  [["--scale", "0"], "--scale"],
  [["--profile", "profiles", "--against", "HEAD"], "--against"],
  [["--fast"], "--fast"],
])("refuses %j", (args, message) => {
  expect(() => parse(...args)).toThrow(message);
});
