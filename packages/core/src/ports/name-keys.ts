import type { NameKey } from "../model/limits/name-key.ts";

/** Where the processes of an installation agree on the key of their limits' hashes. */
export interface NameKeys {
  /**
   * The key that all processes use. Whoever comes first makes it, and so does who finds that it was made too long ago:
   * of those who do so at once, all get the same one.
   *
   * @param notBefore a key that was made earlier is replaced; milliseconds since the epoch
   * @throws UnavailableError
   */
  current(notBefore: number): Promise<NameKey>;
}
