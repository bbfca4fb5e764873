import { describe, expect, it } from "@jest/globals";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { shrinkSourceMap } from "./shrink-source-map.ts";

describe("shrinkSourceMap", () => {
  it("keeps each of our positions, and of a package where it begins", () => {
    const mappings = encode([
      [
        [0, 0, 10, 0],
        [5, 0, 10, 5],
        [9, 1, 3, 1],
        [12, 1, 4, 1],
      ],
      [
        [0, 1, 5, 0],
        [7, 2, 0, 0],
        [8, 0, 11, 2],
      ],
    ]);
    const sources = ["../src/ours.ts", "../node_modules/theirs/index.js", "../node_modules/others/index.js"];
    const map = shrinkSourceMap({ version: 3, sources, mappings });
    expect(map).toMatchObject({ version: 3, sources });
    expect(decode(map.mappings)).toEqual([
      [
        [0, 0, 10, 0],
        [5, 0, 10, 5],
        [9, 1, 3, 1],
      ],
      [
        [7, 2, 0, 0],
        [8, 0, 11, 2],
      ],
    ]);
  });
});
