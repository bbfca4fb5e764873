import { expect, it } from "@jest/globals";
import { senderHash } from "./sender.ts";
import type { UserId } from "./user.ts";

it("a sender's hash is the head of SHA-256 of the URN, computed elsewhere", () => {
  expect(senderHash({ user: "alice" as UserId })).toBe("9RQ2YYkwd28Ty3_NupuhCG");
});
