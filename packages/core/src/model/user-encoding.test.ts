import { SeededRandom } from "@dumbwaiter/dev-env/chaos/seeded-random";
import { expect, it } from "@jest/globals";
import { parseSubject, parseUserUrn, USER_URN_PATTERN } from "./user.ts";

const PATTERN = new RegExp(USER_URN_PATTERN);
const CASES = 4_000;
const random = new SeededRandom(20_261_129);

/** The characters that encoders treat differently, and the ends of the ranges of UTF-8. */
const CHARACTERS = [
  ..."aZ09._~@+-%!'()*|/:?#[]{} \"\\&=;,<>^`$",
  ..."\u0000\n\u001F\u007F\u0080\u00E9\u0301\u07FF\u0800\u2028\uD7FF\uE000\uFFFD\uFFFF",
  ...["\u{10000}", "\u{1F4E8}", "\u{10FFFF}"],
];
/** Parts of URNs, right and wrong. */
const PARTS = [
  "%7C",
  "%7c",
  "%41",
  "%25",
  "%C3%A9",
  "%C3",
  "%FF",
  "%ED%A0%80",
  "%F0%9F%93%A8",
  "%2",
  "%",
  "%8F",
  "%BF",
  "%E0",
  "%ED",
  "%EF",
  "%F4",
];

const text = (parts: readonly string[]) =>
  Array.from({ length: Math.floor(random.between(0, 12)) }, () => random.pick(parts)).join("");

/** What RFC 3986 says, byte by byte. */
function encodedBytes(subject: string): string {
  const bytes = [...Buffer.from(subject)];
  const hex = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return bytes
    .map((byte) => [String.fromCharCode(byte), hex(byte)] as const)
    .map(([character, encoded]) => (/^[A-Za-z0-9._~@+-]$/.test(character) ? character : encoded))
    .join("");
}

it("encodes any subject as its bytes, so that decoding gives the subject again, and no two have one user", () => {
  const subjects = new Map<string, string>();
  for (let each = 0; each < CASES; each += 1) {
    const subject = text(CHARACTERS);
    const user = parseSubject(subject);
    if (user === undefined) {
      expect(["", ".", ".."]).toContain(subject);
      continue;
    }
    expect(user).toBe(encodedBytes(subject));
    expect(decodeURIComponent(user)).toBe(subject);
    expect(subjects.get(user) ?? subject).toBe(subject);
    subjects.set(user, subject);
    expect(parseUserUrn(`urn:sm:user:${user}`)).toBe(user);
    expect(`urn:sm:user:${user}`).toMatch(PATTERN);
  }
  expect(subjects.size).toBeGreaterThan(CASES / 2);
});

it("accepts one spelling of each user's URN: that of its subject", () => {
  let accepted = 0;
  for (let each = 0; each < CASES; each += 1) {
    const id = text([..."aZ09._~@+-", ...PARTS]);
    const user = parseUserUrn(`urn:sm:user:${id}`);
    expect(PATTERN.test(`urn:sm:user:${id}`)).toBe(user !== undefined);
    if (user === undefined) continue;
    accepted += 1;
    expect(user).toBe(id);
    expect(parseSubject(decodeURIComponent(id))).toBe(user);
  }
  expect(accepted).toBeGreaterThan(CASES / 20);
});
