import { styleText } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { table } from "./terminal.ts";

describe("a table", () => {
  it("is aligned whatever is coloured, without trailing spaces", () => {
    const red = styleText("red", "bad", { validateStream: false });
    expect(
      table([
        ["A", "LONG HEAD", "C"],
        ["longer", red, "x"],
        ["b", "well", ""],
      ]),
    ).toBe(`A        LONG HEAD   C\nlonger   ${red}         x\nb        well`);
    expect(table([])).toBe("");
  });
});
