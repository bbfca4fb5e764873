import {
  canBeWoken,
  type DeviceAddress,
  type DeviceRegistry,
  duePushRequests,
  findDevice,
  type MessageId,
  type MessageQueues,
  type PushRequests,
  type PushThrottle,
  type QueueId,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import type { Sent } from "../session/window.ts";

/** What a socket had been sent and had not acknowledged when it closed. */
export interface Unfinished {
  readonly address: DeviceAddress;
  readonly queue: QueueId;
  /** Oldest first. */
  readonly unacked: ReadonlyMap<MessageId, Sent>;
}

export interface PushOnCloseOptions {
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly push: PushRequests;
  readonly pushThrottle: PushThrottle;
  readonly logger: Logger;
  readonly delayMs: number;
  isConnected(address: DeviceAddress): boolean;
  requested(): void;
}

/**
 * Asks for a push when a socket has closed with messages unacknowledged: the device that was online when they came
 * may have gone without them. It waits a little first, for most clients come right back.
 */
export class PushOnClose {
  readonly #options: PushOnCloseOptions;
  readonly #waiting = new Map<NodeJS.Timeout, Unfinished>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: PushOnCloseOptions) {
    this.#options = options;
  }

  closed(unfinished: Unfinished): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#begin(unfinished);
    }, this.#options.delayMs).unref();
    this.#waiting.set(timer, unfinished);
  }

  /** Asks at once for all that would have waited; resolves when that is done. */
  async flush(): Promise<void> {
    for (const [timer, unfinished] of this.#waiting) {
      clearTimeout(timer);
      this.#begin(unfinished);
    }
    this.#waiting.clear();
    await Promise.all(this.#underWay);
  }

  #begin(unfinished: Unfinished): void {
    const request = this.#request(unfinished)
      .catch((err) => this.#options.logger.warn({ err }, "push request after socket close failed"))
      .finally(() => this.#underWay.delete(request));
    this.#underWay.add(request);
  }

  async #request({ address, queue, unacked }: Unfinished): Promise<void> {
    const { devices, queues, push, pushThrottle, isConnected, requested } = this.#options;
    const { user } = address;
    if (isConnected(address)) return;
    const device = await findDevice(devices, address);
    if (device?.queue !== queue || !canBeWoken(device)) return;
    const [queued] = [...(await queues.stillQueued({ user, queue }, [...unacked.keys()]))]
      .map((id) => ({ id, priority: unacked.get(id)?.priority ?? 0 }))
      .sort((a, b) => b.priority - a.priority);
    if (queued === undefined || isConnected(address)) return;
    const message = { ...queued, recipient: user, ephemeral: false };
    const { requests } = await duePushRequests(pushThrottle, [{ message, device }]);
    if (requests.length === 0) return;
    await push.request(requests);
    requested();
  }
}
