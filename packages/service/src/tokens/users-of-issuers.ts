import { encodeSubject, isUrn, parseSubject, type UserId } from "@dumbwaiter/core";

/** In a text that was decoded from what was no UTF-8. */
const REPLACEMENT = "\uFFFD";

/**
 * Which users each issuer may name: those with its prefix, and of these none with a longer prefix of another issuer.
 * Issuers with the same prefix have the same users.
 */
export class UsersOfIssuers {
  /** As IDs begin, the longest first. */
  readonly #prefixes: readonly string[];

  /** @param prefixes of all issuers; the empty one is of the users that no other prefix fits */
  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes.map(encoded).sort((a, b) => b.length - a.length);
  }

  /**
   * The user that an issuer with this prefix names: a URN is the user as it is, and a subject gets the prefix in front.
   *
   * @returns undefined when it is no user, or one of another issuer
   */
  userOf(claim: string, prefix: string): UserId | undefined {
    if (claim === "" || claim.includes(REPLACEMENT)) return undefined;
    const user = parseSubject(isUrn(claim) ? claim : prefix + claim);
    if (user === undefined) return undefined;
    const owner = this.#prefixes.find((each) => user.startsWith(each));
    return owner === encoded(prefix) ? user : undefined;
  }
}

function encoded(prefix: string): string {
  return encodeSubject(prefix) ?? prefix;
}
