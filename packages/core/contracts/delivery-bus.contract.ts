import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Server, type ServerOptions } from "socket.io";
// Bare: an adapter of Socket.IO, without our API.
import { io, type Socket } from "socket.io-client";
import {
  type Delivery,
  type DeliveryBus,
  type DeliverySubscriptions,
  type DeviceAddress,
  type DeviceId,
  deviceRoom,
  type Poke,
} from "../src/index.ts";
import { eventually } from "./eventually.ts";
import { AWKWARD_USERS, freshUser, sampleMessage } from "./samples.ts";

/** One realtime node's end of the bus. */
interface DeliveryBusNode {
  readonly adapter: ServerOptions["adapter"];
  readonly subscriptions: DeliverySubscriptions;
}

interface DeliveryBusUnderTest {
  /** The processor's end. */
  readonly bus: DeliveryBus;
  /** One or more realtime nodes on that bus. */
  readonly nodes: readonly DeliveryBusNode[];
  /** Called after the Socket.IO servers have closed. */
  close(): Promise<void>;
}

/** The contract of every adapter of the delivery bus, seen by real Socket.IO servers and clients. */
export function deliveryBusContract(name: string, open: () => Promise<DeliveryBusUnderTest>): void {
  describe(`${name}: delivery bus`, () => {
    let subject: DeliveryBusUnderTest;
    let servers: readonly RealtimeNode[];

    beforeAll(async () => {
      subject = await open();
      servers = await Promise.all(subject.nodes.map(startNode));
    });
    afterAll(async () => {
      for (const server of servers) await server.close();
      await subject.close();
    });

    const first = () => servers[0] as RealtimeNode;
    const deliver = (...deliveries: Delivery[]) => subject.bus.deliver(deliveries);

    it("reaches no node for a device that is not connected", async () => {
      expect(await deliver(delivery(freshDevice()))).toEqual([0]);
      expect(await deliver()).toEqual([]);
    });

    it("hands equal JSON to the sockets of the device, and to no other", async () => {
      const address = freshDevice();
      const tablet = { ...address, device: "tablet" as DeviceId };
      const client = await first().connect(address);
      const other = await first().connect(tablet);
      const envelope = { recipientId: "urn:sm:user:bob", encryptedData: 'ÆØ\u2028\\"é😀', priority: 3 };
      const sent = { ...delivery(address), envelope: Buffer.from(JSON.stringify(envelope)) };
      expect(await deliver(sent)).toEqual([1]);
      await eventually(() => expect(client.received).toEqual([["message", { id: sent.id, envelope }]]));
      const last = delivery(tablet);
      await deliver(last);
      await eventually(() => expect(other.messageIds()).toEqual([last.id]));
    });

    it("keeps users with awkward ids apart", async () => {
      const addresses = AWKWARD_USERS.map((user) => ({ ...freshDevice(), user }));
      const clients = await Promise.all(addresses.map((address) => first().connect(address)));
      const sent = addresses.map(delivery);
      expect(await deliver(...sent)).toEqual(addresses.map(() => 1));
      for (const [index, client] of clients.entries())
        await eventually(() => expect(client.messageIds()).toEqual([sent[index]?.id]));
    });

    it("hands a message to every socket of the device and counts the node once", async () => {
      const address = freshDevice();
      const clients = [await first().connect(address), await first().connect(address)];
      const sent = delivery(address);
      expect(await deliver(sent)).toEqual([1]);
      for (const client of clients) await eventually(() => expect(client.messageIds()).toEqual([sent.id]));
    });

    it("counts every node that holds the device", async () => {
      const address = freshDevice();
      const clients = await Promise.all(servers.map((server) => server.connect(address)));
      const sent = delivery(address);
      expect(await deliver(sent)).toEqual([servers.length]);
      for (const client of clients) await eventually(() => expect(client.messageIds()).toEqual([sent.id]));
      await clients.at(-1)?.leave();
      expect(await deliver(delivery(address))).toEqual([servers.length - 1]);
    });

    it("announces a large message to every node that holds the device, whole or by a poke", async () => {
      const address = freshDevice();
      const clients = await Promise.all(servers.map((server) => server.connect(address)));
      const [offline, large, small] = [
        largeDelivery(freshDevice()),
        largeDelivery(address),
        delivery(address),
      ];
      expect(await deliver(offline, large, small)).toEqual([0, servers.length, servers.length]);
      const { envelope: _, ...poke } = large;
      for (const [index, client] of clients.entries()) {
        await eventually(() => expect(client.messageIds()).toContain(small.id));
        const { pokes } = servers[index] as RealtimeNode;
        const pokesOfIt = pokes.filter(({ id }) => id === large.id);
        if (pokesOfIt.length > 0) expect(pokesOfIt).toEqual([poke]);
        expect(client.messageIds()).toEqual(pokesOfIt.length > 0 ? [small.id] : [large.id, small.id]);
        expect(pokes.filter(({ id }) => id !== large.id)).toEqual([]);
      }
    });

    it("carries large ephemeral messages whole", async () => {
      const address = freshDevice();
      const client = await first().connect(address);
      const sent = Array.from({ length: 5 }, () => ({ ...largeDelivery(address), ephemeral: true }));
      expect(await deliver(...sent)).toEqual([1, 1, 1, 1, 1]);
      await eventually(() => expect(client.messageIds()).toEqual(sent.map(({ id }) => id)));
      expect(client.received[0]?.[1]).toEqual({
        id: sent[0]?.id,
        envelope: JSON.parse(String(sent[0]?.envelope)),
      });
    });

    it("answers in the order of the deliveries, and keeps it for one device", async () => {
      const [online, offline] = [freshDevice(), freshDevice()];
      const client = await first().connect(online);
      const deliveries = Array.from({ length: 50 }, (_, index) => delivery(index % 2 ? offline : online));
      expect(await deliver(...deliveries)).toEqual(deliveries.map((_, index) => (index % 2 ? 0 : 1)));
      const expected = deliveries.filter(({ user }) => user === online.user).map(({ id }) => id);
      await eventually(() => expect(client.messageIds()).toEqual(expected));
    });

    it("reaches a device whose subscription has just been confirmed, every time", async () => {
      const address = freshDevice();
      const client = await first().connect(address);
      const expected: string[] = [];
      for (let round = 0; round < 20; round += 1) {
        await client.leave();
        expect(await deliver(delivery(address))).toEqual([0]);
        await client.join();
        const sent = delivery(address);
        expect(await deliver(sent)).toEqual([1]);
        expected.push(sent.id);
        // A socket that has left before the message reaches its node does not get it.
        await eventually(() => expect(client.messageIds()).toEqual(expected));
      }
    });

    it("reaches no node once the socket has closed", async () => {
      const address = freshDevice();
      const client = await first().connect(address);
      client.socket.disconnect();
      await eventually(async () => expect(await deliver(delivery(address))).toEqual([0]));
    });

    it("tells the sockets of removed devices that they are closing", async () => {
      const [removed, kept] = [freshDevice(), freshDevice()];
      const clients = await Promise.all(servers.map((server) => server.connect(removed)));
      const untouched = await first().connect(kept);
      await subject.bus.closeDevices([removed, freshDevice()]);
      for (const client of clients) {
        await eventually(() =>
          expect(client.received).toEqual([["closing", { code: "device_removed", retryable: false }]]),
        );
      }
      const sent = delivery(kept);
      await deliver(sent);
      await eventually(() => expect(untouched.received).toHaveLength(1));
      expect(untouched.messageIds()).toEqual([sent.id]);
    });

    it("counts the nodes that hold a device, and hands it nothing", async () => {
      const [address, offline] = [freshDevice(), freshDevice()];
      const clients = await Promise.all(servers.map((server) => server.connect(address)));
      expect(await subject.bus.holders([address, offline])).toEqual([servers.length, 0]);
      const sent = delivery(address);
      await deliver(sent);
      for (const client of clients) await eventually(() => expect(client.received).toHaveLength(1));
    });

    it("calls every node for the devices that a resync is for", async () => {
      const [missing, other] = [freshDevice(), freshDevice()];
      const heard = subject.nodes.map(() => [] as DeviceAddress[]);
      subject.nodes.forEach(({ subscriptions }, index) => {
        subscriptions.onMissed((mayHaveMissed) =>
          heard[index]?.push(...[missing, other].filter((address) => mayHaveMissed(address))),
        );
      });
      await subject.bus.raiseResync([missing]);
      for (const each of heard) await eventually(() => expect(each).toContainEqual(missing));
      await subject.bus.raiseResync();
      for (const each of heard) await eventually(() => expect(each).toContainEqual(other));
    });

    it("calls every node after each resync", async () => {
      const missed = subject.nodes.map(() => 0);
      subject.nodes.forEach(({ subscriptions }, index) => {
        subscriptions.onMissed(() => {
          missed[index] = (missed[index] ?? 0) + 1;
        });
      });
      for (let round = 0; round < 2; round += 1) {
        const before = [...missed];
        await subject.bus.raiseResync();
        await eventually(() =>
          expect(missed.every((count, index) => count > (before[index] ?? 0))).toBe(true),
        );
      }
    });
  });
}

interface RealtimeNode {
  /** Received so far. */
  readonly pokes: readonly Poke[];
  /** Connects a client whose socket is in the device's room, with the subscription confirmed. */
  connect(address: DeviceAddress): Promise<TestClient>;
  close(): Promise<void>;
}

interface TestClient {
  readonly socket: Socket;
  readonly received: unknown[][];
  messageIds(): unknown[];
  join(): Promise<void>;
  leave(): Promise<void>;
}

async function startNode({ adapter, subscriptions }: DeliveryBusNode): Promise<RealtimeNode> {
  const httpServer = createServer();
  const server = new Server(httpServer, { adapter, transports: ["websocket"], serveClient: false });
  await new Promise<void>((resolve) => httpServer.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  const pokes: Poke[] = [];
  subscriptions.onPoked((poke) => pokes.push(poke));

  return {
    pokes,
    async connect(address) {
      const socket = io(url, { transports: ["websocket"], forceNew: true, reconnection: false });
      const received: unknown[][] = [];
      socket.onAny((...event) => received.push(event));
      const id = await new Promise<string>((resolve, reject) => {
        socket.on("connect", () => resolve(socket.id as string));
        socket.on("connect_error", reject);
      });
      const client: TestClient = {
        socket,
        received,
        messageIds: () =>
          received
            .filter(([event]) => event === "message")
            .map(([, message]) => (message as { id: string }).id),
        async join() {
          await server.sockets.sockets.get(id)?.join(deviceRoom(address));
          await subscriptions.confirm(address);
        },
        async leave() {
          await server.sockets.sockets.get(id)?.leave(deviceRoom(address));
          await subscriptions.confirm(address);
        },
      };
      await client.join();
      return client;
    },
    close: async () => {
      await server.close();
    },
  };
}

function freshDevice(): DeviceAddress {
  return { user: freshUser(), device: "phone" as DeviceId };
}

function delivery(address: DeviceAddress): Delivery {
  return { ...address, ...sampleMessage(), acceptedAt: Date.now() };
}

/** As large as an envelope may be. */
function largeDelivery(address: DeviceAddress): Delivery {
  const envelope = Buffer.from(JSON.stringify({ encryptedData: "A".repeat(900 * 1024 - 20) }));
  return { ...delivery(address), envelope };
}
