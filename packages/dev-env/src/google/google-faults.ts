import { status } from "@grpc/grpc-js";
import { SeededRandom } from "../chaos/seeded-random.ts";
import type { Method } from "./methods.ts";
import { partialBatchWrite } from "./partial-batch-write.ts";
import type { Rewriting } from "./pass-on.ts";
import type { Refusal } from "./refusals.ts";

/** The shares of calls that fail so. */
export interface FaultRates {
  readonly seed: number;
  /** Refused without effect: RESOURCE_EXHAUSTED, or ABORTED for writes; of a `BatchWrite`, for some of its writes. */
  readonly refused: number;
  /** Carried out, and answered with UNAVAILABLE. */
  readonly lost: number;
  /** Carried out, and answered with a reset of the connection, which ends all other calls on it. */
  readonly dropped: number;
}

export const NO_FAULTS: FaultRates = { seed: 0, refused: 0, lost: 0, dropped: 0 };

/** Far more than on a bad day. */
export const SOME_FAULTS: FaultRates = { seed: 1, refused: 0.02, lost: 0.02, dropped: 0.002 };

export type Fault = { readonly refusal: Refusal } | { readonly rewriting: Rewriting } | "lost" | "dropped";

const EXHAUSTED: Refusal = { code: status.RESOURCE_EXHAUSTED, details: "Quota exceeded." };
const ABORTED: Refusal = {
  code: status.ABORTED,
  details: "Too much contention on these documents. Please try again.",
};

/** Decides for each call. The same numbers for the same seed. */
export function planGoogleFaults(rates: FaultRates): (path: string, method: Method) => Fault | undefined {
  const random = new SeededRandom(rates.seed);
  return (path, { isStream, isAdmin }) => {
    if (isStream || isAdmin) return undefined;
    const drawn = random.next();
    if (drawn < rates.refused) {
      const contended = random.next() < 0.5;
      if (contended && path.endsWith("/BatchWrite")) {
        return { rewriting: partialBatchWrite(() => random.next() < 0.5) };
      }
      return { refusal: contended && path.endsWith("/Commit") ? ABORTED : EXHAUSTED };
    }
    if (drawn < rates.refused + rates.lost) return "lost";
    return drawn < rates.refused + rates.lost + rates.dropped ? "dropped" : undefined;
  };
}
