import type {
  Clock,
  DeliveryBus,
  Device,
  DeviceAddress,
  DeviceRegistry,
  MessageQueues,
  StoreMoment,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Outages } from "../outages.ts";

interface DeviceSweep {
  start(): void;
  /** Resolves once the current sweep has ended. */
  stop(): Promise<void>;
}

interface SweepSettings {
  /** Devices not seen for this long are removed. */
  readonly deviceTtlMs: number;
  readonly sweepIntervalMs: number;
}

interface SweepDependencies {
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly bus: DeliveryBus;
  readonly clock: Clock;
  readonly outages: Pick<Outages, "hold">;
  readonly metrics: Pick<ProcessorMetrics, "devicesSwept">;
  readonly logger: Logger;
}

class SweepStopped extends Error {}

/** Removes devices that have not been seen for a long time, one sweep at a time. The next sweep retries what fails. */
export function createDeviceSweep(dependencies: SweepDependencies, settings: SweepSettings): DeviceSweep {
  const { devices, queues, bus, clock, outages, metrics, logger } = dependencies;
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  let stopped = false;

  async function purgeAndClose(
    { user, device }: DeviceAddress,
    { queue }: Device,
    at: StoreMoment,
  ): Promise<void> {
    metrics.devicesSwept.inc();
    // The record is gone, so no later sweep would find the queue.
    await outages.hold("store", () => queues.purge({ user, queue }, at));
    await bus.closeDevices([{ user, device }]);
    if (stopped) throw new SweepStopped();
  }

  async function sweep(): Promise<void> {
    try {
      await devices.sweep(clock.now() - settings.deviceTtlMs, purgeAndClose);
    } catch (error) {
      if (!stopped) logger.warn({ err: error }, "failed to sweep devices; will retry at the next interval");
    }
  }

  /** Jittered, so that the processors do not all sweep at once. */
  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      sweeping = sweep().then(() => {
        if (!stopped) schedule(settings.sweepIntervalMs * (0.75 + Math.random() / 2));
      });
    }, delayMs);
    timer.unref();
  }

  return {
    start: () => schedule(settings.sweepIntervalMs * Math.random()),
    stop() {
      stopped = true;
      clearTimeout(timer);
      return sweeping;
    },
  };
}
