import { type AcceptedMessage, EPHEMERAL_TTL_MS } from "@dumbwaiter/core";
import { describe, expect, it } from "@jest/globals";
import { isExpired } from "./check-records.ts";

const NOW = 1_700_000_000_000;
const clock = { now: () => NOW };

describe("an ephemeral message", () => {
  const accepted = (msAgo: number, ephemeral = true) =>
    ({ ephemeral, acceptedAt: NOW - msAgo }) as AcceptedMessage;

  it("expires when it is older than its time to live, not when it is just as old", () => {
    expect(isExpired(accepted(EPHEMERAL_TTL_MS), clock)).toBe(false);
    expect(isExpired(accepted(EPHEMERAL_TTL_MS + 1), clock)).toBe(true);
  });

  it("is the only one that expires here", () => {
    expect(isExpired(accepted(1000 * EPHEMERAL_TTL_MS, false), clock)).toBe(false);
  });
});
