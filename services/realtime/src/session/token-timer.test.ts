import { systemClock } from "@dumbwaiter/core";
import { afterEach, describe, expect, it } from "@jest/globals";
import { TokenTimer } from "./token-timer.ts";

const HOUR_MS = 60 * 60 * 1000;

describe("a token timer", () => {
  const timers: TokenTimer[] = [];
  afterEach(() => {
    for (const timer of timers.splice(0)) timer.stop();
  });

  /** A timer, and what resolves when its token has expired. */
  function newTimer(expiresAt: number) {
    const expired = Promise.withResolvers<string>();
    const timer = new TokenTimer(systemClock, 0, () => expired.resolve("expired"));
    timers.push(timer);
    timer.set(expiresAt);
    return { timer, expired: expired.promise };
  }

  it("keeps the token that came last, in whichever order they are verified", async () => {
    const { timer, expired } = newTimer(Date.now() + HOUR_MS);
    const [first, second] = [timer.beginReplacement(), timer.beginReplacement()];
    second(Date.now() + HOUR_MS);
    first(Date.now());
    const later = newTimer(Date.now() + 1);
    expect(await Promise.race([expired, later.expired.then(() => "kept")])).toBe("kept");
  });

  it("takes a token although a later one was refused", async () => {
    const { timer, expired } = newTimer(Date.now() + HOUR_MS);
    const first = timer.beginReplacement();
    timer.beginReplacement(); // is never verified
    first(Date.now());
    expect(await expired).toBe("expired");
  });
});
