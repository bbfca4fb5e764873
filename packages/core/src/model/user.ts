import { hash } from "node:crypto";
import type { Brand } from "./brand.ts";

/** The `<id>` of a user's URN `urn:sm:user:<id>`. */
export type UserId = Brand<"UserId">;

const USER_URN_PREFIX = "urn:sm:user:";

/** Begins with a letter or a digit, so that no id is one that Firestore reserves (`.`, `..`, `__x__`). */
const USER_ID = /^[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127}$/;

/** What a user's URN looks like, for documents: {@link parseUserUrn} decides. */
export const USER_URN_PATTERN = `^${USER_URN_PREFIX}${USER_ID.source.slice(1)}`;

/** @returns the user of a whole URN, or undefined when it is not one. */
export function parseUserUrn(urn: string): UserId | undefined {
  return urn.startsWith(USER_URN_PREFIX) ? parseUserId(urn.slice(USER_URN_PREFIX.length)) : undefined;
}

/** @returns the user of a JWT's `sub`: the whole URN or the bare id. */
export function parseSubject(subject: string): UserId | undefined {
  return parseUserUrn(subject) ?? parseUserId(subject);
}

export function userUrn(user: UserId): string {
  return USER_URN_PREFIX + user;
}

/** Replaces a sender's id where limits are kept, so that no store of ours lists senders. */
export function senderHash(sender: UserId): string {
  return hash("sha256", userUrn(sender), "base64url").slice(0, 22);
}

function parseUserId(id: string): UserId | undefined {
  return USER_ID.test(id) ? (id as UserId) : undefined;
}
