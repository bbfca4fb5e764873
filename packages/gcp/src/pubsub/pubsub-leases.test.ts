import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { startPullServer } from "../../testing/pull-server.ts";
import { openPubSub, type PubSub } from "./open-pubsub.ts";
import type { IngressConsumerSettings } from "./pubsub-ingress-consumer.ts";

const MAX = 20;
/** More deliveries than calls that are nested in each other fit on the stack. */
const MANY = 20_000;

describe("leases of messages", () => {
  let server: Awaited<ReturnType<typeof startPullServer>>;
  let pubsub: PubSub;
  let held: IngressDelivery[];

  const hold = (delivery: IngressDelivery) => void held.push(delivery);

  async function start(settings: Partial<IngressConsumerSettings>, receive = hold): Promise<void> {
    server = await startPullServer();
    pubsub = openPubSub({ projectId: "a-project", emulatorHost: server.emulatorHost });
    held = [];
    await pubsub.consumer({ maxMessages: MAX, maxBytes: 1024, ...settings }).start(receive);
  }

  /** Three messages fill the consumer. The server, as Google's emulator does, heeds only their number, and leases all. */
  async function startWithRoomForThree(): Promise<void> {
    await start({ maxBytes: 5 });
    await eventually(() => expect(server.leased()).toBe(MAX));
    await eventually(() => expect(held).toHaveLength(3));
  }
  afterEach(async () => {
    await pubsub.close();
    server.close();
    jest.useRealTimers();
  });

  it("are extended until the messages are acked, whether they were handed out or wait", async () => {
    await startWithRoomForThree();
    await eventually(() => expect(server.extended()).toBe(MAX));
    expect(held).toHaveLength(3);
    expect(server.acked()).toEqual([]);
  });

  it("are extended when they are 2.5 s old, and not before", async () => {
    // Not what gRPC and eventually() need.
    const doNotFake = ["setTimeout", "clearTimeout", "setImmediate", "nextTick", "queueMicrotask"] as const;
    jest.useFakeTimers({ doNotFake: [...doNotFake] });
    await start({});
    jest.advanceTimersByTime(1);
    await eventually(() => expect(held).toHaveLength(MAX));

    // The interval began 1 ms before the leases.
    jest.advanceTimersByTime(2_499);
    held[0]?.ack();
    // An extension would have been sent before the ack, which the next message shows to have arrived.
    await eventually(() => expect(held).toHaveLength(MAX + 1));
    expect(server.extended()).toBe(0);

    // Those that are left are 4,999 ms old, and the new one exactly 2,500.
    jest.advanceTimersByTime(2_500);
    await eventually(() => expect(server.extended()).toBe(MAX));
  });

  it("that wait are taken without nested calls when the receiver acks at once", async () => {
    let acksAtOnce = false;
    await start({ maxMessages: MANY, maxBytes: 5, streams: 1 }, (delivery) => {
      hold(delivery);
      if (acksAtOnce) delivery.ack();
    });
    await eventually(() => expect(held).toHaveLength(3));
    acksAtOnce = true;
    for (const delivery of [...held]) delivery.ack();
    await eventually(() => expect(held).toHaveLength(MANY));
  });

  it("end for good with an ack, and for another try with a nack", async () => {
    await startWithRoomForThree();
    held[0]?.ack();
    await eventually(() => expect(held).toHaveLength(4));
    held[1]?.nack();
    await eventually(() => expect(held).toHaveLength(5));
    await eventually(() => expect(server.acked()).toHaveLength(1));
    held[1]?.ack();
    held[2]?.ack();
    await eventually(() => expect(server.acked()).toHaveLength(2));
    await pubsub.close();
    expect(server.acked()).toHaveLength(2);
  });
});
