import {
  DEVICE_REMOVED,
  type Delivery,
  type DeliveryBus,
  type DeliverySubscriptions,
  type DeviceAddress,
  deviceRoom,
  type MayHaveMissed,
} from "@dumbwaiter/core";
import type { Namespace } from "socket.io";
import { Adapter } from "socket.io-adapter";

/** The packet type of an event in Socket.IO's protocol. */
const EVENT = 2;

/**
 * Both ends of the delivery bus of a single process, on Socket.IO's in-memory adapter: a message is in the sockets'
 * buffers before `deliver` resolves, and joining a room subscribes at once.
 */
export class InProcessDeliveryBus implements DeliveryBus, DeliverySubscriptions {
  /** For the options of every Socket.IO server that the bus reaches; each counts as a node. */
  readonly adapter: typeof Adapter;
  readonly #nodes = new Set<Adapter>();
  readonly #listeners = new Set<(mayHaveMissed: MayHaveMissed) => void>();

  constructor() {
    const nodes = this.#nodes;
    this.adapter = class extends Adapter {
      constructor(namespace: Namespace) {
        super(namespace);
        if (namespace.name === "/") nodes.add(this);
      }

      override close(): void {
        nodes.delete(this);
      }
    };
  }

  async deliver(deliveries: readonly Delivery[]): Promise<number[]> {
    return deliveries.map(({ user, device, id, envelope, acceptedAt }) => {
      const event = () => ["message", { id, envelope: JSON.parse(envelope.toString("utf8")) }];
      return this.#broadcast({ user, device }, event, { acceptedAt });
    });
  }

  async closeDevices(devices: readonly DeviceAddress[]): Promise<void> {
    for (const address of devices) {
      this.#broadcast(address, () => ["closing", DEVICE_REMOVED]);
    }
  }

  /** Never: a message of any size is passed by reference. */
  onPoked(): void {}

  async raiseResync(devices?: readonly DeviceAddress[]): Promise<void> {
    const rooms = devices && new Set(devices.map(deviceRoom));
    for (const listener of this.#listeners) listener((address) => rooms?.has(deviceRoom(address)) ?? true);
  }

  async holders(devices: readonly DeviceAddress[]): Promise<number[]> {
    return devices.map((address) => this.#nodesWith(deviceRoom(address)).length);
  }

  /** Never: the nodes are of this process. */
  onNodeLost(): void {}

  async confirm(): Promise<void> {}

  onMissed(listener: (mayHaveMissed: MayHaveMissed) => void): void {
    this.#listeners.add(listener);
  }

  /** `metadata` stays on the packet, where the server's encoder can read it; clients do not get it. */
  #broadcast(address: DeviceAddress, event: () => readonly unknown[], metadata: object = {}): number {
    const room = deviceRoom(address);
    const holders = this.#nodesWith(room);
    if (holders.length === 0) return 0;
    const data = event();
    for (const node of holders) {
      node.broadcast(
        { type: EVENT, data, ...metadata },
        { rooms: new Set([room]), except: new Set(), flags: {} },
      );
    }
    return holders.length;
  }

  #nodesWith(room: string): readonly Adapter[] {
    return [...this.#nodes].filter((node) => node.rooms.has(room));
  }
}
