import { describe, expect, it } from "@jest/globals";
import { validate, version } from "uuid";
import { uuidV7 } from "./uuid-v7.ts";

describe("uuidV7", () => {
  it("makes different keys of this time", () => {
    const before = Date.now();
    const keys = Array.from({ length: 1_000 }, uuidV7);
    const after = Date.now();
    expect(new Set(keys).size).toBe(1_000);
    for (const key of keys) {
      expect([validate(key), version(key)]).toEqual([true, 7]);
      const time = Number.parseInt(key.replace("-", "").slice(0, 12), 16);
      expect(time).toBeGreaterThanOrEqual(before);
      expect(time).toBeLessThanOrEqual(after);
    }
  });
});
