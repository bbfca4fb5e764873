import type { Brand } from "./brand.ts";

/**
 * The `<id>` of a user's URN `urn:sm:user:<id>`: 1 to 255 of the characters `A-Z a-z 0-9 . _ ~ @ + -`, any other
 * character as `%XX` for each of its bytes in UTF-8. Each user has one such ID, and each ID is of one subject: it is
 * safe as it is in names of documents, keys, channels and paths.
 */
export type UserId = Brand<"UserId">;

const USER_URN_PREFIX = "urn:sm:user:";
const MAX_LENGTH = 255;

const PLAIN_ID = /^[A-Za-z0-9._~@+-]+$/;

/** These are names of folders. */
const RESERVED = new Set([".", ".."]);

const NEXT_BYTE = "%[89AB][0-9A-F]";

/** One character of an ID: plain, or one of UTF-8 that is not. */
const CHARACTER = [
  "[A-Za-z0-9._~@+-]",
  "%(?:[01][0-9A-F]|2[0-9ACF]|3[A-F]|5[B-E]|60|7[BCDF])",
  `%(?:C[2-9A-F]|D[0-9A-F])${NEXT_BYTE}`,
  `%(?:E0%[AB]|E[1-9A-CEF]%[89AB]|ED%[89])[0-9A-F]${NEXT_BYTE}`,
  `%(?:F0%[9AB]|F[1-3]%[89AB]|F4%8)[0-9A-F]${NEXT_BYTE}${NEXT_BYTE}`,
].join("|");

/** What a user's URN looks like, for documents; {@link MAX_USER_URN_LENGTH} applies as well. */
export const USER_URN_PATTERN = `^${USER_URN_PREFIX}(?!\\.\\.?$)(?:${CHARACTER})+$`;

/** The most characters that a user's URN has. */
export const MAX_USER_URN_LENGTH = USER_URN_PREFIX.length + MAX_LENGTH;

/** What a user's URN must be, to complete a sentence. */
export const USER_URN_FORM =
  "must be urn:sm:user:<id>, the ID of at most 255 characters, those other than A-Z a-z 0-9 . _ ~ @ + - percent-encoded";

/** Where JavaScript's own encoding differs from ours. */
const RECODED: Readonly<Record<string, string>> = {
  ...{ "!": "%21", "'": "%27", "(": "%28", ")": "%29", "*": "%2A" },
  ...{ "%40": "@", "%2B": "+" },
};

/** @returns the user of a whole URN in canonical form, or undefined when it is not one. */
export function parseUserUrn(urn: string): UserId | undefined {
  if (!urn.startsWith(USER_URN_PREFIX) || urn.length > MAX_USER_URN_LENGTH) return undefined;
  const id = urn.slice(USER_URN_PREFIX.length);
  return PLAIN_ID.test(id) || isCanonical(id) ? toUserId(id) : undefined;
}

/** What begins like a URN of ours is one, in whatever case: it never is a bare subject. */
export function isUrn(claim: string): boolean {
  return /^urn:sm:/i.test(claim);
}

/**
 * The user of a token's claim: a whole URN, or else a subject as its issuer writes it, which is encoded. `auth0|7` is
 * the user `auth0%7C7`.
 *
 * @returns undefined for what can be no user: see {@link UserId}
 */
export function parseSubject(subject: string): UserId | undefined {
  if (isUrn(subject)) return parseUserUrn(subject);
  const id = encodeSubject(subject);
  return id === undefined ? undefined : toUserId(id);
}

/** @returns the subject percent-encoded in canonical form, or undefined for what has no form in UTF-8 */
export function encodeSubject(subject: string): string | undefined {
  // The longest that a subject can be without an encoded character.
  if (subject.length > MAX_LENGTH || !subject.isWellFormed()) return undefined;
  if (PLAIN_ID.test(subject)) return subject;
  return encodeURIComponent(subject).replace(/[!'()*]|%40|%2B/g, (each) => RECODED[each] as string);
}

export function userUrn(user: UserId): string {
  return USER_URN_PREFIX + user;
}

/** Whether encoding what the ID stands for gives the ID again. */
function isCanonical(id: string): boolean {
  try {
    return encodeSubject(decodeURIComponent(id)) === id;
  } catch {
    return false; // no UTF-8
  }
}

function toUserId(id: string): UserId | undefined {
  const isId = id !== "" && id.length <= MAX_LENGTH && !RESERVED.has(id);
  return isId ? (id as UserId) : undefined;
}
