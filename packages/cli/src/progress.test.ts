import { describe, expect, it } from "@jest/globals";
import { Progress } from "./progress.ts";

function told(isTTY: boolean, total?: number) {
  let now = 0;
  const written: string[] = [];
  const stderr = { isTTY, write: (text: string) => written.push(text) };
  const progress = new Progress({ stderr } as never, "sent", total, () => now);
  const at = (ms: number) => {
    now = ms;
    progress.advance();
  };
  return { at, written, end: () => progress.end() };
}

describe("Progress", () => {
  it("says nothing of work that is done within a second", () => {
    const { at, written, end } = told(true, 3);
    for (const ms of [0, 100, 900]) at(ms);
    end();
    expect(written).toEqual([]);
  });

  it("rewrites one line of a terminal, not with each step, and removes it at the end", () => {
    const { at, written, end } = told(true, 100);
    for (const ms of [500, 1000, 1001, 1099, 1100]) at(ms);
    end();
    expect(written).toEqual(["\r\x1b[K2 of 100 sent, 2/s", "\r\x1b[K5 of 100 sent, 5/s", "\r\x1b[K"]);
  });

  it("writes a line every five seconds elsewhere", () => {
    const { at, written, end } = told(false);
    for (const ms of [1000, 4999, 5000, 5001, 9999, 10_000]) at(ms);
    end();
    expect(written).toEqual(["3 sent, 1/s\n", "6 sent, 1/s\n"]);
  });
});
