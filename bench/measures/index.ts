import type { Measure } from "../runner/measure.ts";
import { drain } from "./drain.ts";
import { inFlightMeasure } from "./in-flight.ts";
import { sendStored } from "./send-stored.ts";
import { steadyRateMeasure } from "./steady-rate.ts";

/** Those that compare best come first. */
export const MEASURES: readonly Measure[] = [
  inFlightMeasure(1024),
  inFlightMeasure(256),
  steadyRateMeasure(200, 15),
  steadyRateMeasure(10, 30),
  sendStored,
  drain,
];
