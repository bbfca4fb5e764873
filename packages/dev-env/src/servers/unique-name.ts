import { randomBytes } from "node:crypto";

/** A name that nothing else uses: a project id, a database's folder, the prefix of a room. */
export function uniqueName(prefix = "test"): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}
