import { describe, expect, it } from "@jest/globals";
import { parseSubject, parseUserUrn, USER_URN_PATTERN, userUrn } from "./user.ts";

describe("a user", () => {
  it.each(["test-user-id", "0", "a.b~c@d+e-f", "constructor", "x__", "A".repeat(128)])("is %s", (id) => {
    const user = parseUserUrn(`urn:sm:user:${id}`);
    expect(user).toBe(id);
    expect(`urn:sm:user:${id}`).toMatch(new RegExp(USER_URN_PATTERN));
    if (user) expect(userUrn(user)).toBe(`urn:sm:user:${id}`);
    expect(parseSubject(id)).toBe(id);
    expect(parseSubject(`urn:sm:user:${id}`)).toBe(id);
  });

  it.each([
    "",
    ".",
    "..",
    "__x__",
    "__proto__",
    "-a",
    "~a",
    "a b",
    "a/b",
    "a:b",
    "a\n",
    "a\u0000",
    "é",
    "urn:sm:user:a",
    "A".repeat(129),
  ])("is not %j", (id) => {
    expect(parseUserUrn(`urn:sm:user:${id}`)).toBeUndefined();
    expect(`urn:sm:user:${id}`).not.toMatch(new RegExp(USER_URN_PATTERN));
    if (!id.startsWith("urn:")) expect(parseSubject(id)).toBeUndefined();
  });

  it.each(["alice", "URN:sm:user:alice", "urn:sm:users:alice", " urn:sm:user:alice"])(
    "is not named by the URN %j",
    (urn) => {
      expect(parseUserUrn(urn)).toBeUndefined();
    },
  );
});
