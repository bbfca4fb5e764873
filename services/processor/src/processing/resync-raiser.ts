import { type DeliveryBus, UnavailableError } from "@dumbwaiter/core";
import type PQueue from "p-queue";
import type { Outages } from "../outages.ts";

export interface ResyncRaiser {
  /** Makes every realtime node read its queues again, as soon as the delivery bus can be reached. */
  raise(): void;
}

interface RaiserDependencies {
  readonly bus: Pick<DeliveryBus, "raiseResync">;
  readonly background: Pick<PQueue, "add">;
  readonly outages: Pick<Outages, "hold">;
}

export function createResyncRaiser({ bus, background, outages }: RaiserDependencies): ResyncRaiser {
  let wanted = false;
  let raising = false;

  async function raiseAll(): Promise<void> {
    // A raise does not cover a delivery that fails while it is under way: nodes may have read before the store.
    while (wanted) {
      wanted = false;
      await outages.hold("delivery_bus", () => bus.raiseResync().catch(unavailable));
    }
    // In the same turn as the last check of `wanted`: a raise() after it must start a new loop.
    raising = false;
  }

  return {
    raise() {
      wanted = true;
      if (raising) return;
      raising = true;
      // Only shutdown ends the retries. The outage was logged when it began.
      void background.add(() => raiseAll().catch(() => {}));
    },
  };
}

/** Every error is retried: giving up would leave messages waiting for their device's next connection. */
function unavailable(cause: unknown): never {
  throw cause instanceof UnavailableError ? cause : new UnavailableError("delivery_bus", cause);
}
