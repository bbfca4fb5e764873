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
  type QueueAddress,
} from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import PQueue from "p-queue";
import type { Sent } from "../session/window.ts";

/** What a socket had been sent and not acknowledged when it closed. */
export interface Unfinished {
  readonly address: DeviceAddress;
  readonly queue: QueueAddress;
  /** Oldest first. */
  readonly unacked: ReadonlyMap<MessageId, Sent>;
}

interface PushOnCloseOptions {
  readonly devices: DeviceRegistry;
  readonly queues: MessageQueues;
  readonly push: PushRequests;
  readonly pushThrottle: PushThrottle;
  readonly logger: Logger;
  readonly delayMs: number;
  isConnected(address: DeviceAddress): boolean;
  /** The queue is no longer the device's. */
  removed(unfinished: Unfinished): void;
  requested(): void;
}

/**
 * Requests a push after a socket has closed with unacknowledged messages: the device, online when they were sent, may
 * not have got them. It waits a little first, because most clients reconnect right away.
 */
export class PushOnClose {
  readonly #options: PushOnCloseOptions;
  readonly #waiting = new Map<NodeJS.Timeout, Unfinished>();
  readonly #requests = new PQueue();

  constructor(options: PushOnCloseOptions) {
    this.#options = options;
  }

  socketClosed(unfinished: Unfinished): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#begin(unfinished);
    }, this.#options.delayMs).unref();
    this.#waiting.set(timer, unfinished);
  }

  /** Makes all pending requests now; resolves when they are done. */
  async flush(): Promise<void> {
    for (const [timer, unfinished] of this.#waiting) {
      clearTimeout(timer);
      this.#begin(unfinished);
    }
    this.#waiting.clear();
    await this.#requests.onIdle();
  }

  #begin(unfinished: Unfinished): void {
    void this.#requests.add(() =>
      this.#request(unfinished).catch((err) =>
        this.#options.logger.warn({ err }, "failed to request a push after a socket closed"),
      ),
    );
  }

  async #request(unfinished: Unfinished): Promise<void> {
    const { devices, queues, push, pushThrottle, isConnected, removed, requested } = this.#options;
    const { address, queue, unacked } = unfinished;
    if (isConnected(address)) return;
    const device = await findDevice(devices, address);
    if (device?.queue !== queue.queue) return removed(unfinished);
    if (!canBeWoken(device)) return;
    const [queued] = [...(await queues.stillQueued(queue, [...unacked.keys()]))]
      .map((id) => ({ id, priority: unacked.get(id)?.priority ?? 0 }))
      .sort((a, b) => b.priority - a.priority);
    if (queued === undefined || isConnected(address)) return;
    const message = { ...queued, recipient: address.user, ephemeral: false };
    const { requests } = await duePushRequests(pushThrottle, [{ message, device }]);
    if (requests.length === 0) return;
    await push.request(requests);
    requested();
  }
}
