/**
 * The value of a claim.
 *
 * @param name of a claim at the top, such as `sub` or `https://acme.example/user`, or a JSON Pointer (RFC 6901) to one
 *   within others, such as `/acme/user`: it begins with a slash, and writes `/` within a name as `~1`, `~` as `~0`
 * @returns undefined when there is none
 */
export function claimAt(payload: object, name: string): unknown {
  const path = name.startsWith("/") ? name.slice(1).split("/").map(unescaped) : [name];
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    payload,
  );
}

function unescaped(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}
