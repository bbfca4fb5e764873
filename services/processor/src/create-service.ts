import { systemClock } from "@dumbwaiter/core";
import type { ServiceContext } from "@dumbwaiter/service";
import { createProcessor, type Processor, type ProcessorDependencies } from "./processor.ts";

/** What the deployment chooses; the rest comes with the process. */
export type ProcessorAdapters = Omit<ProcessorDependencies, "clock" | "logger" | "registry">;

/** Of the grace of a stop: it ends inside the phase `inFlight`, with time left to send the last acks. */
const DRAIN_SHARE = 0.35;

/** The processor as its process runs it, stopped with it. */
export function createService(context: ServiceContext<"processor">, adapters: ProcessorAdapters): Processor {
  const { config, logger, registry, lifecycle } = context;
  const processor = createProcessor(
    { ...adapters, clock: systemClock, logger, registry },
    {
      maxEnvelopeBytes: config.limits.maxEnvelopeBytes,
      deviceTtlMs: config.limits.deviceTtlMs,
      drainTimeoutMs: config.shutdown.graceMs * DRAIN_SHARE,
    },
  );
  lifecycle.onStop("inFlight", "processor", () => processor.stop());
  return processor;
}
