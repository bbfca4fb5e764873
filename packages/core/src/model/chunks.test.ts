import { describe, expect, it } from "@jest/globals";
import { chunksOf } from "./chunks.ts";

describe("chunks", () => {
  const chunks = (...sizes: number[]) => chunksOf(sizes, 10, (size) => size);

  it("fills each chunk, in order", () => {
    expect(chunks()).toEqual([]);
    expect(chunks(4, 6, 1, 9, 1)).toEqual([[4, 6], [1, 9], [1]]);
  });

  it("leaves an item that is too large by itself alone", () => {
    expect(chunks(3, 11, 0, 3)).toEqual([[3], [11], [0, 3]]);
  });
});
