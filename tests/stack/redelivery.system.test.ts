import {
  DAY_MS,
  type Device,
  type DeviceId,
  type IngressConsumer,
  type IngressDelivery,
  type MessageId,
  systemClock,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { EMULATOR_TIMEOUT_MS, sharedServers, uniqueName } from "@dumbwaiter/dev-env/servers";
import { openTestFirestore } from "@dumbwaiter/dev-env/stack/test-firestore";
import {
  DeadLetterInbox,
  type FirestoreStore,
  type KeptLetter,
  openPubSub,
  type PubSub,
  type PubSubSettings,
  provisionPubSub,
} from "@dumbwaiter/gcp";
import { createProcessor } from "@dumbwaiter/processor";
import { record, user } from "@dumbwaiter/processor/testing/processor-fixture";
import { connectRedis, type RedisAdapters } from "@dumbwaiter/redis";
import { createLogger } from "@dumbwaiter/service";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";

const USERS = Array.from({ length: 10 }, () => uniqueName("user"));
const DEVICES = ["phone", "tablet"];
const MESSAGES = 300;

describe("a processor that stores and never acks, followed by a healthy one", () => {
  let settings: PubSubSettings;
  let pubsub: PubSub;
  let firestore: FirestoreStore;
  let redis: RedisAdapters;

  beforeAll(async () => {
    const servers = await sharedServers();
    const projectId = uniqueName();
    settings = { projectId, emulatorHost: servers.pubsub.url, timeoutMs: EMULATOR_TIMEOUT_MS };
    await provisionPubSub(settings);
    pubsub = openPubSub(settings);
    firestore = await openTestFirestore(projectId);
    redis = await connectRedis({ url: servers.redis.url });
  });
  afterAll(async () => {
    redis?.close();
    await Promise.all([pubsub?.close(), firestore?.close()]);
  });

  /** A processor as in production, except that its consumer reports each ack and may not pass it on. */
  function newProcessor(onAck: (delivery: IngressDelivery) => void) {
    const consumer = pubsub.consumer({ maxMessages: 4000, maxBytes: 2 ** 26 });
    const ingress: IngressConsumer = {
      pause: () => consumer.pause(),
      close: () => consumer.close(),
      start: (receive) =>
        consumer.start((delivery) => {
          const { record, attempt, publishedAt } = delivery;
          const nack = () => delivery.nack();
          receive({ record, attempt, publishedAt, nack, ack: () => onAck(delivery) });
        }),
    };
    return createProcessor(
      {
        ...{ ingress, devices: firestore.devices, queues: firestore.queues, bus: redis.deliveryBus },
        ...{ push: pubsub.pushRequests, pushThrottle: redis.pushThrottle, deadLetters: pubsub.deadLetters },
        ...{ clock: systemClock, registry: new Registry() },
        logger: createLogger({ service: "processor", level: "silent" }),
      },
      { maxEnvelopeBytes: 262_144, deviceTtlMs: 45 * DAY_MS, finishTimeoutMs: 5_000 },
    );
  }

  const idOf = ({ record }: IngressDelivery) => record.attributes.id as string;
  const queued = async (owner: string, { queue }: Device): Promise<MessageId[]> => {
    const page = await firestore.queues.page({ user: user(owner), queue }, { limit: 500, maxBytes: 2 ** 30 });
    return page.messages.map(({ id }) => id).sort();
  };

  it("leave one copy of each message in each queue, and no dead letter", async () => {
    const records = USERS.flatMap((to) =>
      Array.from({ length: MESSAGES / USERS.length }, () => ({ to, ...record({ to }) })),
    );
    const ids = new Set<string>(records.map(({ id }) => id));
    const registered = new Map<string, Device[]>();
    for (const owner of USERS) {
      const address = (device: string) => ({ user: user(owner), device: device as DeviceId });
      const register = (device: string) => firestore.devices.register(address(device));
      registered.set(owner, [await register("phone"), await register("tablet")]);
    }
    expect([...registered.values()].flat()).toHaveLength(USERS.length * DEVICES.length);
    async function expectOneCopyEach(): Promise<void> {
      for (const [owner, devices] of registered) {
        const sent = records.filter(({ to }) => to === owner).map(({ id }) => id);
        for (const device of devices) expect(await queued(owner, device)).toEqual(sent.sort());
      }
    }

    const stored = new Set<string>();
    const forgetful = newProcessor((delivery) => void stored.add(idOf(delivery)));
    await forgetful.start();
    await Promise.all(records.map((one) => pubsub.publisher.publish(one)));
    await eventually(() => expect(stored).toEqual(ids));
    await forgetful.stop();
    await expectOneCopyEach();

    const attempts = new Map<string, number>();
    const healthy = newProcessor((delivery) => {
      attempts.set(idOf(delivery), delivery.attempt);
      delivery.ack();
    });
    await healthy.start();
    await eventually(() => expect(new Set(attempts.keys())).toEqual(ids));
    await healthy.stop();
    expect(Math.min(...attempts.values())).toBeGreaterThan(1); // Pub/Sub redelivered each
    await expectOneCopyEach();

    const letters: KeptLetter[] = [];
    const inbox = new DeadLetterInbox(settings);
    await inbox.list((letter) => letters.push(letter));
    await inbox.close();
    expect(letters).toEqual([]);
  });
});
