import { setTimeout as sleep } from "node:timers/promises";
import type {
  Clock,
  DeadLetters,
  DeliveryBus,
  DeviceRegistry,
  IngressConsumer,
  IngressDelivery,
  MessageQueues,
  PushRequests,
  PushThrottle,
} from "@dumbwaiter/core";
import { type Logger, MessageSteps } from "@dumbwaiter/service";
import PQueue from "p-queue";
import type { Registry } from "prom-client";
import { createInFlight } from "./intake/in-flight.ts";
import { BATCH_LIMITS, type BatchLimits } from "./intake/micro-batcher.ts";
import { createRecipientLanes, LANE_LIMITS, type LaneLimits } from "./intake/recipient-lanes.ts";
import { ageSeconds, createProcessorMetrics } from "./metrics.ts";
import { createOutages } from "./outages.ts";
import { createDeadLetterPublisher } from "./processing/dead-letter-publisher.ts";
import { createLostNodePushes } from "./processing/lost-node-pushes.ts";
import { createProcessBatch } from "./processing/process-batch.ts";
import { createProcessItems } from "./processing/process-items.ts";
import { createPushRequester } from "./processing/push-requester.ts";
import { createResyncRaiser } from "./processing/resync-raiser.ts";
import { createDeviceSweep } from "./sweep/device-sweep.ts";

export interface ProcessorDependencies {
  /** Its limits should allow several batches at once. */
  readonly ingress: IngressConsumer;
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly bus: DeliveryBus;
  readonly push: PushRequests;
  readonly pushThrottle: PushThrottle;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
}

export interface ProcessorSettings {
  readonly maxEnvelopeBytes: number;
  /** Devices not seen for this long are removed. */
  readonly deviceTtlMs: number;
  /** How long stop() lets work finish before it nacks the rest. */
  readonly finishTimeoutMs: number;
  readonly sweepIntervalMs?: number;
  readonly batch?: Partial<BatchLimits & LaneLimits>;
}

export interface Processor {
  start(): Promise<void>;
  /**
   * Stops consuming, finishes what it holds, nacks what is not finished in time, and closes the consumer. Resolves
   * within about `finishTimeoutMs`; a second call joins the first.
   */
  stop(): Promise<void>;
}

const SWEEP_INTERVAL_MS = 60 * 60 * 1000;

/** From this attempt on, a record is suspected of having crashed its processor, and is processed alone. */
const SUSPECT_ATTEMPT = 5;

/** Moves messages from the ingress to the queues and the connected devices. The caller closes the adapters. */
export function createProcessor(dependencies: ProcessorDependencies, settings: ProcessorSettings): Processor {
  const { ingress, clock, logger } = dependencies;
  const givingUp = new AbortController();
  const { signal } = givingUp;
  const inFlight = createInFlight(clock);
  const metrics = createProcessorMetrics(dependencies.registry, inFlight);
  const background = new PQueue();
  const outages = createOutages({ logger, metrics, signal });
  const steps = new MessageSteps(logger);
  const shared = { ...dependencies, metrics, background, outages, steps, signal };
  const deadLetters = createDeadLetterPublisher(shared);
  const pushes = createPushRequester(shared);
  const resync = createResyncRaiser(shared);
  const lostNodePushes = createLostNodePushes({ ...shared, pushes });
  const processItems = createProcessItems({ ...shared, deadLetters, pushes, resync, lostNodePushes });
  const processBatch = createProcessBatch(
    { ...shared, deadLetters, processItems },
    settings.maxEnvelopeBytes,
  );
  const limits = { ...BATCH_LIMITS, ...LANE_LIMITS, ...settings.batch };
  const batches = createRecipientLanes(processBatch, limits);
  const suspects = new PQueue({ concurrency: limits.maxInFlight });
  const sweep = createDeviceSweep(shared, { sweepIntervalMs: SWEEP_INTERVAL_MS, ...settings });
  let stopping: Promise<void> | undefined;

  function receive(delivery: IngressDelivery): void {
    metrics.ingressAge.observe(ageSeconds(delivery.publishedAt, clock));
    const tracked = inFlight.track(delivery);
    if (delivery.attempt < SUSPECT_ATTEMPT) batches.add(tracked);
    // One record is never too much.
    else void suspects.add(() => processBatch([tracked], () => {}));
  }

  async function finish(): Promise<void> {
    await Promise.all([batches.flush(), suspects.onIdle(), sweep.stop()]);
    await background.onIdle();
  }

  async function stop(): Promise<void> {
    await ingress.pause();
    const finished = finish();
    await Promise.race([finished, sleep(settings.finishTimeoutMs, undefined, { signal })]);
    givingUp.abort();
    const nacked = inFlight.nackAll();
    metrics.nacked.inc({ reason: "shutdown" }, nacked);
    if (nacked > 0) logger.warn({ messages: nacked }, "shutdown timed out; unfinished records nacked");
    await ingress.close();
  }

  return {
    async start() {
      await ingress.start(receive);
      sweep.start();
    },
    stop: () => (stopping ??= stop()),
  };
}
