import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage of this process. The event loop stands still meanwhile. */
export function collectGarbage(): void {
  // Only contexts that are made under this flag have the function.
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
