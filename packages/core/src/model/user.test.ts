import { describe, expect, it } from "@jest/globals";
import { MAX_USER_URN_LENGTH, parseSubject, parseUserUrn, USER_URN_PATTERN, userUrn } from "./user.ts";

const PATTERN = new RegExp(USER_URN_PATTERN);

describe("a user", () => {
  it.each([
    "test-user-id",
    "0",
    "a.b~c@d+e-f",
    "constructor",
    "__proto__",
    "x__",
    "-a",
    "~",
    "...",
    "A".repeat(255),
    "auth0%7C7",
    "%00",
    "%C3%BCmlaut",
    "%F0%9F%93%A8",
    `%25${"A".repeat(252)}`,
  ])("is %s", (id) => {
    const user = parseUserUrn(`urn:sm:user:${id}`);
    expect(user).toBe(id);
    if (user) expect(userUrn(user)).toBe(`urn:sm:user:${id}`);
    expect(parseSubject(`urn:sm:user:${id}`)).toBe(id);
    expect(`urn:sm:user:${id}`).toMatch(PATTERN);
    expect(`urn:sm:user:${id}`.length).toBeLessThanOrEqual(MAX_USER_URN_LENGTH);
  });

  it.each([
    ["empty", ""],
    ["the folder itself", "."],
    ["the folder above", ".."],
    ["a space", "a b"],
    ["a slash", "a/b"],
    ["a colon", "a:b"],
    ["a line's end", "a\n"],
    ["a zero byte", "a\u0000"],
    ["a letter of more than one byte", "é"],
    ["a URN within", "urn:sm:user:a"],
    ["a letter that needs no encoding", "%61lice"],
    ["a dot that needs no encoding", "%2E"],
    ["lower-case hex", "auth0%7c7"],
    ["half an encoded byte", "a%7"],
    ["a percent sign alone", "100%"],
    ["no hex", "%GG"],
    ["a byte that begins no character", "%FF"],
    ["half a character", "%C3"],
    ["a byte that begins none", "%A9"],
    ["a character in more bytes than it needs", "%C1%81"],
    ["a character in three bytes in place of two", "%E0%9F%BF"],
    ["half of a surrogate pair", "%ED%A0%80"],
    ["a character beyond the last", "%F4%90%80%80"],
  ])("has no ID with %s", (_, id) => {
    expect(parseUserUrn(`urn:sm:user:${id}`)).toBeUndefined();
    expect(parseSubject(`urn:sm:user:${id}`)).toBeUndefined();
    expect(`urn:sm:user:${id}`).not.toMatch(PATTERN);
  });

  it.each([
    ["256 characters", "A".repeat(256)],
    ["258 characters of 86 bytes", "%25".repeat(86)],
  ])("has no ID of %s", (_, id) => {
    expect(parseUserUrn(`urn:sm:user:${id}`)).toBeUndefined();
    expect(parseSubject(`urn:sm:user:${id}`)).toBeUndefined();
    expect(`urn:sm:user:${id}`.length).toBeGreaterThan(MAX_USER_URN_LENGTH);
  });

  it.each(["alice", "URN:sm:user:alice", "urn:sm:users:alice", " urn:sm:user:alice"])(
    "is not named by the URN %j",
    (urn) => {
      expect(parseUserUrn(urn)).toBeUndefined();
    },
  );
});

describe("a subject", () => {
  it.each([
    ["alice", "alice"],
    ["bob@example.org", "bob@example.org"],
    ["auth0|7", "auth0%7C7"],
    ["f:5c7e:müller", "f%3A5c7e%3Am%C3%BCller"],
    ["spiffe://acme.example/ns/x/sa/y", "spiffe%3A%2F%2Facme.example%2Fns%2Fx%2Fsa%2Fy"],
    ["system:serviceaccount:shop:orders", "system%3Aserviceaccount%3Ashop%3Aorders"],
    ["auth0%7C7", "auth0%257C7"],
    ["!'()*", "%21%27%28%29%2A"],
    ["a b+c", "a%20b+c"],
    ["\u0000\n", "%00%0A"],
    ["é", "%C3%A9"],
    ["e\u0301", "e%CC%81"],
    ["📨", "%F0%9F%93%A8"],
    ["urn:sm", "urn%3Asm"],
  ])("%j is the user %s", (subject, id) => {
    expect(parseSubject(subject)).toBe(id);
    expect(parseUserUrn(`urn:sm:user:${id}`)).toBe(id);
  });

  it.each([
    ["empty", ""],
    ["the folder itself", "."],
    ["the folder above", ".."],
    ["of 256 characters", "A".repeat(256)],
    ["over 255 characters when encoded", "|".repeat(86)],
    ["half of a surrogate pair", "a\uD800"],
    ["a user's URN in another case", "URN:SM:user:alice"],
    ["a URN of ours of another kind", "urn:sm:group:x"],
  ])("is no user when it is %s", (_, subject) => {
    expect(parseSubject(subject)).toBeUndefined();
  });
});
