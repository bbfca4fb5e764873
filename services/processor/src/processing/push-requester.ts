import {
  type AcceptedMessage,
  type Device,
  HIGH_PRIORITY,
  type PushRequest,
  type PushRequests,
  type PushTarget,
  type PushThrottle,
  UnavailableError,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { ProcessorMetrics } from "../metrics.ts";
import type { Outages } from "../outages.ts";

/** A message and a device that it goes to. */
export interface Target {
  readonly message: AcceptedMessage;
  readonly device: Device;
}

export interface PushRequester {
  /** Asks to wake the devices that can be woken. Never rejects: the messages are stored, a push only speeds them up. */
  request(offline: readonly Target[]): Promise<void>;
}

interface RequesterDependencies {
  readonly push: PushRequests;
  readonly pushThrottle: PushThrottle;
  readonly outages: Outages;
  readonly metrics: Pick<ProcessorMetrics, "pushRequests">;
  readonly logger: Logger;
}

type Pushable = Target & { readonly device: { readonly push: PushTarget } };

export function createPushRequester(dependencies: RequesterDependencies): PushRequester {
  const { push, pushThrottle, outages, metrics, logger } = dependencies;
  let away = false;
  let trying = 0;

  async function admitted(targets: readonly Pushable[]): Promise<Pushable[]> {
    const low = targets.filter(({ message }) => message.priority < HIGH_PRIORITY);
    if (low.length === 0) return [...targets];
    const turns = await pushThrottle.admit(
      low.map(({ message, device }) => ({ user: message.recipient, device: device.id })),
    );
    const refused = new Set(low.filter((_, index) => !turns[index]));
    metrics.pushRequests.inc({ outcome: "throttled" }, refused.size);
    return targets.filter((target) => !refused.has(target));
  }

  async function publish(targets: readonly Pushable[]): Promise<void> {
    if (targets.length === 0) return;
    // A topic that does not answer holds up one batch at a time, not every one of them.
    if (away && trying > 0) {
      metrics.pushRequests.inc({ outcome: "failed" }, targets.length);
      return;
    }
    trying += 1;
    try {
      await push.request(pushRequests(targets));
      metrics.pushRequests.inc({ outcome: "requested" }, targets.length);
      if (away) outages.end("push");
      away = false;
    } catch (error) {
      metrics.pushRequests.inc({ outcome: "failed" }, targets.length);
      if (!(error instanceof UnavailableError)) throw error;
      if (!away) outages.begin("push", error);
      away = true;
    } finally {
      trying -= 1;
    }
  }

  return {
    async request(offline) {
      try {
        await publish(await admitted(offline.filter(isPushable)));
      } catch (error) {
        logger.error({ err: error }, "push request failed");
      }
    },
  };
}

function isPushable(target: Target): target is Pushable {
  return target.device.push !== undefined && !target.message.ephemeral;
}

function pushRequests(targets: readonly Pushable[]): PushRequest[] {
  return Array.from(
    Map.groupBy(targets, ({ message }) => message),
    ([{ recipient, id, priority }, group]) => {
      const devices = group.map(({ device }) => ({ id: device.id, ...device.push }));
      return { user: recipient, devices, messageId: id, priority };
    },
  );
}
