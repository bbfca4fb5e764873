import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { readonly type: "major" | "minor" }) => void;

/** Collects the garbage of this process, or of its young objects alone. The event loop stands still meanwhile. */
export function collectGarbage(of: "all" | "young" = "all"): void {
  // Only contexts that are made under this flag have the function.
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as Collect)({ type: of === "all" ? "major" : "minor" });
}
