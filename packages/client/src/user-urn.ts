/** Where JavaScript's own encoding differs from that of a user's URN. */
const RECODED: Readonly<Record<string, string>> = {
  ...{ "!": "%21", "'": "%27", "(": "%28", ")": "%29", "*": "%2A" },
  ...{ "%40": "@", "%2B": "+" },
};

/**
 * The URN of the user that a token's subject is: `auth0|7` is `urn:sm:user:auth0%7C7`.
 *
 * @param subject as the issuer writes it
 * @throws TypeError when it begins with `urn:sm:`: no subject does, and a URN needs no call
 * @throws URIError when it has half of a surrogate pair
 */
export function userUrn(subject: string): string {
  if (/^urn:sm:/i.test(subject)) throw new TypeError("A subject does not begin with urn:sm:");
  const id = encodeURIComponent(subject).replace(/[!'()*]|%40|%2B/g, (each) => RECODED[each] as string);
  return `urn:sm:user:${id}`;
}
