import {
  type AcceptedMessage,
  type Device,
  type DeviceAddress,
  duePushRequests,
  type MissedMessage,
  type PushRequest,
  type PushRequests,
  type PushThrottle,
  UnavailableError,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Outages } from "../outages.ts";

/** A message and a device that it is for. */
export interface Target {
  readonly message: AcceptedMessage;
  readonly device: Device;
}

export function addressOf({ message, device }: MissedMessage): DeviceAddress {
  return { user: message.recipient, device: device.id };
}

export interface PushRequester {
  /** Requests pushes for devices that can be woken. Never rejects: the messages are stored, a push only saves time. */
  request(offline: readonly MissedMessage[]): Promise<void>;
}

interface RequesterDependencies {
  readonly push: PushRequests;
  readonly pushThrottle: PushThrottle;
  readonly outages: Outages;
  readonly metrics: Pick<ProcessorMetrics, "pushRequests">;
  readonly logger: Logger;
}

export function createPushRequester(dependencies: RequesterDependencies): PushRequester {
  const { push, pushThrottle, outages, metrics, logger } = dependencies;
  let unavailable = false;
  let trying = 0;

  async function publish(requests: readonly PushRequest[]): Promise<void> {
    if (requests.length === 0) return;
    const devices = requests.reduce((sum, request) => sum + request.devices.length, 0);
    // A topic that does not respond delays one batch at a time, not all of them.
    if (unavailable && trying > 0) {
      metrics.pushRequests.inc({ outcome: "failed" }, devices);
      return;
    }
    trying += 1;
    try {
      await push.request(requests);
      metrics.pushRequests.inc({ outcome: "requested" }, devices);
      if (unavailable) outages.end("push");
      unavailable = false;
    } catch (error) {
      metrics.pushRequests.inc({ outcome: "failed" }, devices);
      if (!(error instanceof UnavailableError)) throw error;
      if (!unavailable) outages.begin("push", error);
      unavailable = true;
    } finally {
      trying -= 1;
    }
  }

  return {
    async request(offline) {
      try {
        const { requests, throttled } = await duePushRequests(pushThrottle, offline);
        metrics.pushRequests.inc({ outcome: "throttled" }, throttled);
        await publish(requests);
      } catch (error) {
        logger.error({ err: error }, "failed to publish push requests");
      }
    },
  };
}
