import { deliveryBusContract } from "@dumbwaiter/core/contracts";
import { InProcessDeliveryBus } from "./in-process-delivery-bus.ts";

for (const count of [1, 2]) {
  deliveryBusContract(`in-process, nodes: ${count}`, async () => {
    const bus = new InProcessDeliveryBus();
    return {
      bus,
      nodes: Array.from({ length: count }, () => ({ adapter: bus.adapter, subscriptions: bus })),
      close: async () => {},
    };
  });
}
