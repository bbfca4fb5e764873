import { describe, expect, it } from "@jest/globals";
import { TokenSource, usableMs } from "./token-source.ts";

const NOW = 1_700_000_000_000;
const encoded = (claims: object) => Buffer.from(JSON.stringify(claims)).toString("base64url");
const jwt = (claims: object) => `e30.${encoded(claims)}.c2ln`;
/** A token issued and expiring so many seconds from now. */
const token = (iat: number, exp: number) => jwt({ iat: NOW / 1000 + iat, exp: NOW / 1000 + exp });

describe("a token", () => {
  it.each([
    ["for an hour, until a minute is left", token(0, 3_600), 3_540_000],
    ["for ten seconds, until a fifth is left", token(0, 10), 8_000],
    ["that is half used, for what is left", token(-1_800, 1_800), 1_740_000],
    ["when this clock is an hour ahead, for its lifetime", token(-3_700, -100), 3_540_000],
    ["when this clock is an hour behind, for its lifetime", token(3_600, 7_200), 3_540_000],
    ["that does not say when it was issued", jwt({ exp: NOW / 1000 + 3_600 }), 3_540_000],
    ["with non-ASCII claims", jwt({ name: "Zoë ÿ 漢", exp: NOW / 1000 + 3_600 }), 3_540_000],
  ])("is used %s", (_name, text, expected) => {
    expect(usableMs(text, NOW)).toBe(expected);
  });

  it.each(["", "opaque", "a.b.c", jwt({}), jwt({ exp: "soon" }), "e30.bnVsbA.x"])(
    "may say nothing about its expiry: %s",
    (text) => {
      expect(usableMs(text, NOW)).toBeUndefined();
    },
  );

  it("is asked for once by callers at the same time, and kept while it is usable", async () => {
    let asked = 0;
    const lifetimes = [3_600, 0, 3_600];
    const source = new TokenSource(async () => {
      const now = Date.now() / 1000;
      return jwt({ asked: ++asked, iat: now, exp: now + (lifetimes[asked - 1] ?? 0) });
    });
    const [first, second] = await Promise.all([source.current(), source.current()]);
    expect([first, await source.current(), asked]).toEqual([second, first, 1]);
    source.forget("another");
    expect(await source.current()).toBe(first);
    source.forget(first);
    await source.current(); // expires at once
    await source.current();
    expect(asked).toBe(3);
    await source.fresh();
    expect(asked).toBe(4);
  });
});
