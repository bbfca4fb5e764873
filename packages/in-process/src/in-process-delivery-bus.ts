import {
  type DeliveryBus,
  type DeliverySubscriptions,
  type DeviceAddress,
  deviceRoom,
} from "@dumbwaiter/core";
import type { Namespace } from "socket.io";
import { Adapter } from "socket.io-adapter";

/** The packet type of an event in Socket.IO's protocol. */
const EVENT = 2;

export interface InProcessDeliveryBus {
  /** Goes into the options of every Socket.IO server that the bus shall reach; each counts as a node. */
  readonly adapter: typeof Adapter;
  readonly bus: DeliveryBus;
  readonly subscriptions: DeliverySubscriptions;
}

/**
 * The delivery bus of a single process, on Socket.IO's in-memory adapter: a message is in the sockets' buffers
 * before `deliver` resolves, and joining a room subscribes at once.
 */
export function createInProcessDeliveryBus(): InProcessDeliveryBus {
  const nodes = new Set<Adapter>();
  const listeners = new Set<() => void>();

  class InProcessAdapter extends Adapter {
    constructor(namespace: Namespace) {
      super(namespace);
      if (namespace.name === "/") nodes.add(this);
    }

    override close(): void {
      nodes.delete(this);
    }
  }

  /** `metadata` stays on the packet, where the server's encoder can read it; clients do not get it. */
  function broadcast(address: DeviceAddress, event: readonly unknown[], metadata: object = {}): number {
    const room = deviceRoom(address);
    const holders = [...nodes].filter((node) => node.rooms.has(room));
    for (const node of holders) {
      node.broadcast(
        { type: EVENT, data: event, ...metadata },
        { rooms: new Set([room]), except: new Set(), flags: {} },
      );
    }
    return holders.length;
  }

  return {
    adapter: InProcessAdapter,
    bus: {
      async deliver(deliveries) {
        return deliveries.map(({ user, device, id, envelope, acceptedAt, traceparent }) => {
          const message = { id, envelope: JSON.parse(envelope.toString("utf8")) };
          return broadcast({ user, device }, ["message", message], { acceptedAt, traceparent });
        });
      },
      async closeDevices(devices) {
        for (const address of devices) {
          broadcast(address, ["closing", { code: "device_removed", retryable: false }]);
        }
      },
      async raiseResync() {
        for (const listener of listeners) listener();
      },
    },
    subscriptions: {
      async confirm() {},
      onMissed: (listener) => {
        listeners.add(listener);
      },
    },
  };
}
