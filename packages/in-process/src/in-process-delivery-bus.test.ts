import { deliveryBusContract } from "@dumbwaiter/core/contracts";
import { createInProcessDeliveryBus } from "./in-process-delivery-bus.ts";

for (const count of [1, 2]) {
  deliveryBusContract(`in-process, nodes: ${count}`, async () => {
    const { adapter, bus, subscriptions } = createInProcessDeliveryBus();
    return {
      bus,
      nodes: Array.from({ length: count }, () => ({ adapter, subscriptions })),
      close: async () => {},
    };
  });
}
