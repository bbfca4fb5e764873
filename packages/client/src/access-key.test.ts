import { parseAccessKey } from "@dumbwaiter/core";
import { expect, it } from "@jest/globals";
import { newAccessKey } from "./access-key.ts";

it("a new access key is one that the server takes, and no other", () => {
  const keys = Array.from({ length: 100 }, newAccessKey);
  expect(keys.filter((key) => parseAccessKey(key) === undefined)).toEqual([]);
  expect(new Set(keys).size).toBe(100);
  expect(Buffer.from(keys[0] ?? "", "base64")).toHaveLength(32);
});
