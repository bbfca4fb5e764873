import { describe, expect, it } from "@jest/globals";
import { isRequirement, labelSelector } from "./label-selector.ts";

const LABELS = { team: "shop", "example.com/tier": "gold", empty: "" };

describe("a label selector", () => {
  it.each<[readonly string[], boolean]>([
    [[], true],
    [["team=shop"], true],
    [["team==shop"], true],
    [["team=other"], false],
    [["team!=other"], true],
    [["team!=shop"], false],
    [["absent!=any"], true],
    [["absent="], false],
    [["empty="], true],
    [["empty"], true],
    [["team"], true],
    [["absent"], false],
    [["!absent"], true],
    [["!team"], false],
    [["team=shop", "example.com/tier=gold"], true],
    [["team=shop", "example.com/tier=silver"], false],
    [["team=shop", "!absent", "empty"], true],
  ])("%j selects an object: %j", (requirements, selected) => {
    expect(requirements.filter((each) => !isRequirement(each))).toEqual([]);
    expect(labelSelector(requirements)(LABELS)).toBe(selected);
  });

  it("treats an object without labels as one that has none of them", () => {
    expect(labelSelector(["team=shop"])(undefined)).toBe(false);
    expect(labelSelector(["!team", "team!=shop"])(undefined)).toBe(true);
  });

  it.each(["", "=shop", "!team=shop", "team in (a)", "te am", "-team", "team=-x", "A/b=c", "a//b"])(
    "has no requirement %j",
    (text) => {
      expect(isRequirement(text)).toBe(false);
      expect(() => labelSelector([text])).toThrow("no requirement");
    },
  );
});
