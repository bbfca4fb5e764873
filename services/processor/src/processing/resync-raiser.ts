import { type DeliveryBus, UnavailableError } from "@dumbwaiter/core";
import type { Background } from "../background.ts";
import type { Outages } from "../outages.ts";

export interface ResyncRaiser {
  /** Has every realtime node read its queues, as soon as the delivery bus can be reached. */
  raise(): void;
}

interface RaiserDependencies {
  readonly bus: Pick<DeliveryBus, "raiseResync">;
  readonly background: Background;
  readonly outages: Pick<Outages, "hold">;
}

export function createResyncRaiser({ bus, background, outages }: RaiserDependencies): ResyncRaiser {
  let wanted = false;
  let raising = false;

  async function raiseAll(): Promise<void> {
    // A delivery that failed while a raise was under way is not covered by it: nodes may have read before the store.
    while (wanted) {
      wanted = false;
      await outages.hold("delivery_bus", () => bus.raiseResync().catch(unavailable));
    }
    // In the same turn as the last look at what is wanted: what is wanted after it has to begin anew.
    raising = false;
  }

  return {
    raise() {
      wanted = true;
      if (raising) return;
      raising = true;
      // Only the end of the process ends the tries; that it held on was logged when the outage began.
      background.run(() => raiseAll().catch(() => {}));
    },
  };
}

/** Whatever goes wrong, giving up would leave messages waiting for their device's next connection. */
function unavailable(cause: unknown): never {
  throw cause instanceof UnavailableError ? cause : new UnavailableError("delivery_bus", cause);
}
