/** The name of one of our keys, which all begin alike, so that one ACL rule covers them. */
export function keyName(keyPrefix: string, name: string): string {
  return `${keyPrefix}dumbwaiter:${name}`;
}
