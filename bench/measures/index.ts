import type { Measure } from "../runner/measure.ts";
import { backlog } from "./backlog.ts";
import { drain } from "./drain.ts";
import { embeddedSend } from "./embedded-send.ts";
import { fewOfMany } from "./few-of-many.ts";
import { idle } from "./idle-sockets.ts";
import { inFlightMeasures, recipientMeasures } from "./in-flight.ts";
import { nodesMeasures } from "./nodes.ts";
import { sendStored } from "./send-stored.ts";
import { startUp } from "./start-up.ts";
import { steadyRateMeasure } from "./steady-rate.ts";
import { storm } from "./storm.ts";
import { tracing } from "./tracing.ts";

/** Those that compare best come first. */
export const MEASURES: readonly Measure[] = [
  ...inFlightMeasures,
  steadyRateMeasure(200, 15),
  steadyRateMeasure(10, 30),
  sendStored,
  drain,
  embeddedSend,
  backlog,
  steadyRateMeasure(50, 20),
  steadyRateMeasure(500, 15),
  ...recipientMeasures,
  ...nodesMeasures,
  tracing,
  startUp,
  idle,
  fewOfMany,
  storm,
];
