import { type DeliveryBus, type DeviceRegistry, devicesOf, type MessageQueues } from "@dumbwaiter/core";
import type { Logger } from "@dumbwaiter/service";
import PQueue from "p-queue";
import type { Unfinished } from "./push-on-close.ts";

interface HandOverOptions {
  readonly devices: DeviceRegistry;
  readonly queues: Pick<MessageQueues, "find">;
  readonly bus: Pick<DeliveryBus, "deliver">;
  readonly logger: Logger;
}

/**
 * Delivers again, to the device that has adopted the queue of a removed one, what the removed one got live while its
 * socket was still open. The processor had looked up the devices before the removal and stored the message after the
 * adopter had read the queue; the removed device's presence told it that the message had arrived.
 */
export class HandOver {
  readonly #options: HandOverOptions;
  readonly #running = new PQueue({ concurrency: 4 });

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  begin(left: Unfinished): void {
    void this.#running.add(async () => {
      try {
        await this.#deliver(left);
      } catch (error) {
        // What is queued comes at the latest when the adopter connects again.
        this.#options.logger.warn({ err: error }, "failed to hand over the messages of a removed device");
      }
    });
  }

  async whenIdle(): Promise<void> {
    await this.#running.onIdle();
  }

  async #deliver({ address, queue, unacked }: Unfinished): Promise<void> {
    const { devices, queues, bus } = this.#options;
    const owner = (await devicesOf(devices, queue.user)).find((device) => device.queue === queue.queue);
    if (owner === undefined || owner.id === address.device) return;
    for (const [id, { at }] of unacked) {
      const message = await queues.find(queue, id);
      if (message === undefined) continue;
      await bus.deliver([{ user: queue.user, device: owner.id, ...message, acceptedAt: at }]);
    }
  }
}
