import { PassThrough } from "node:stream";
import {
  DAY_MS,
  type DeliveryBus,
  type DeviceAddress,
  type DeviceId,
  deviceRoom,
  type IngressConsumer,
  type IngressRecord,
  type MessageId,
  type MessageQueues,
  newMessageId,
  type PushTarget,
  parseSubject,
  type QueueId,
  sealEnvelope,
  toIngressRecord,
  type UserId,
  userUrn,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { testClock } from "@dumbwaiter/core/contracts/samples";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { tapped } from "@dumbwaiter/dev-env/observe/tap";
import { InMemoryPushThrottle, InProcessDeliveryBus } from "@dumbwaiter/in-process";
import { createLogger } from "@dumbwaiter/service";
import { openTemporaryStore } from "@dumbwaiter/sqlite/testing/temporary-store";
import { expect } from "@jest/globals";
import { Registry } from "prom-client";
import { Server } from "socket.io";
import { createProcessor, type ProcessorSettings } from "../src/index.ts";

export const DEVICE_TTL_MS = 45 * DAY_MS;

const SETTINGS: ProcessorSettings = {
  maxEnvelopeBytes: 262_144,
  deviceTtlMs: DEVICE_TTL_MS,
  finishTimeoutMs: 5000,
  // None happens but where a test wants one: the first comes at random within the interval.
  sweepIntervalMs: 2 ** 29,
};

const CONSUMER_LIMITS = { maxMessages: 3000, maxBytes: 64 * 1024 * 1024 };

export type ProcessorFixture = Awaited<ReturnType<typeof openProcessorFixture>>;

/** A processor on a real store and a real delivery bus, each port tapped. The test starts it. */
export async function openProcessorFixture(overrides: Partial<ProcessorSettings> = {}) {
  const clock = testClock();
  const store = await openTemporaryStore({ clock, messageTtlMs: 30 * DAY_MS, maxDevices: 10 });
  const lostListeners: (() => void)[] = [];
  const realBus = new InProcessDeliveryBus();
  const node = new Server({ adapter: realBus.adapter });
  const registry = new Registry();
  const stream = new PassThrough();
  const ingress = {
    attempts: new Map<string, number>(),
    acked: [] as string[],
    nacked: [] as string[],
  };
  const taps = {
    devices: tapped(store.devices),
    queues: tapped(store.queues),
    bus: tapped(realBus),
    push: tapped(store.pushRequests),
    deadLetters: tapped(store.deadLetters),
  };
  /** What the store refuses, as if it were invalid. */
  const refused = new Set<MessageId>();
  const queues = overridden<MessageQueues>(taps.queues.port, {
    async store(requests) {
      const outcomes = await taps.queues.port.store(requests.filter(({ id }) => !refused.has(id)));
      return requests.map(({ id }) =>
        refused.has(id) ? { refused: "invalid" } : (outcomes.shift() ?? "stored"),
      );
    },
  });
  const running: { stop(): Promise<void> }[] = [];

  /** Records the outcome of each record, by its id. */
  function noted(consumer: IngressConsumer): IngressConsumer {
    return {
      pause: () => consumer.pause(),
      close: () => consumer.close(),
      start: (receive) =>
        consumer.start((delivery) => {
          const { record, attempt, publishedAt } = delivery;
          const id = record.attributes.id ?? "";
          ingress.attempts.set(id, attempt);
          receive({
            record,
            attempt,
            publishedAt,
            ack() {
              ingress.acked.push(id);
              delivery.ack();
            },
            nack() {
              ingress.nacked.push(id);
              delivery.nack();
            },
          });
        }),
    };
  }

  function addProcessor(more: Partial<ProcessorSettings> = {}) {
    const processor = createProcessor(
      {
        ingress: noted(store.createIngressConsumer(CONSUMER_LIMITS)),
        devices: taps.devices.port,
        queues,
        bus: overridden<DeliveryBus>(taps.bus.port, {
          onNodeLost: (listener) => void lostListeners.push(listener),
        }),
        push: taps.push.port,
        pushThrottle: new InMemoryPushThrottle(clock),
        deadLetters: taps.deadLetters.port,
        clock,
        logger: createLogger({ service: "processor", level: "info", stream }),
        registry,
      },
      { ...SETTINGS, ...overrides, ...more },
    );
    running.push(processor);
    return processor;
  }

  return {
    clock,
    store,
    ingress,
    taps,
    refused,
    addProcessor,
    async register(address: DeviceAddress, push?: PushTarget) {
      return store.devices.register(address, push);
    },
    /** Lets a realtime node hold the device. */
    connect(address: DeviceAddress) {
      node.of("/").adapter.addAll(`socket of ${deviceRoom(address)}`, new Set([deviceRoom(address)]));
    },
    disconnect(address: DeviceAddress) {
      node.of("/").adapter.delAll(`socket of ${deviceRoom(address)}`);
    },
    /** Tells the processors that a node has vanished. */
    loseNode: () => {
      for (const listener of lostListeners) listener();
    },
    publish: (records: readonly IngressRecord[]) =>
      Promise.all(records.map((record) => store.ingressPublisher.publish(record))),
    untilAcked: (count: number) =>
      eventually(() => expect(ingress.acked.length).toBeGreaterThanOrEqual(count)),
    async queued(user: UserId, queue: QueueId): Promise<MessageId[]> {
      const { messages } = await store.queues.page({ user, queue }, { limit: 10_000, maxBytes: 2 ** 40 });
      return messages.map(({ id }) => id);
    },
    /** Delivered so far: `<user>/<device>/<id>`. */
    delivered: () =>
      taps.bus.calls
        .filter(({ method }) => method === "deliver")
        .flatMap(({ args }) => args[0] as (DeviceAddress & { id: MessageId })[])
        .map((delivery) => `${deviceRoom(delivery)}/${delivery.id}`),
    metric: (name: string, labels?: Record<string, string>) => metricValue(registry, name, labels),
    logs: () => logLines(stream),
    async close() {
      await Promise.all(running.map((processor) => processor.stop()));
      node.of("/").adapter.close();
      await store.close();
    },
  };
}

/** Batches that wait until they have so many records. */
export function inBatchesOf(maxMessages: number): Partial<ProcessorSettings> {
  return { batch: { maxMessages, maxWaitMs: 2 ** 29, maxShared: maxMessages } };
}

export function user(id: string): UserId {
  return parseSubject(id) as UserId;
}

export function device(owner: string, id: string): DeviceAddress {
  return { user: user(owner), device: id as DeviceId };
}

interface RecordOptions {
  readonly to: string;
  readonly ephemeral?: boolean;
  readonly priority?: number;
  readonly acceptedAt?: number;
  readonly encryptedData?: string;
}

/** What the api would publish. */
export function record(options: RecordOptions): IngressRecord & { readonly id: MessageId } {
  const { to, ephemeral, priority, acceptedAt = Date.now(), encryptedData = "AEBD" } = options;
  const id = newMessageId(acceptedAt);
  const envelope = sealEnvelope({
    recipientId: userUrn(user(to)),
    encryptedData,
    encryptedSymmetricKey: "BCDE",
    ...(ephemeral === undefined ? {} : { isEphemeral: ephemeral }),
    ...(priority === undefined ? {} : { priority }),
  });
  return { ...toIngressRecord({ ...envelope, id, acceptedAt }), id };
}

/** A record that can never be processed. */
export function poison(): IngressRecord & { readonly id: MessageId } {
  const { id, attributes } = record({ to: "nobody" });
  return { id, attributes, data: Buffer.from("{") };
}
