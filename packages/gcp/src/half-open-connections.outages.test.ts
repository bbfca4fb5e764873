import { type IngressDelivery, UnavailableError } from "@dumbwaiter/core";
import { eventually, freshQueue, testClock } from "@dumbwaiter/core/contracts";
import {
  EMULATOR_TIMEOUT_MS,
  sharedFirestoreEmulator,
  sharedPubSubEmulator,
  uniqueName,
} from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { afterEach, describe, expect, it } from "@jest/globals";
import { startPullServer } from "../testing/pull-server.ts";
import { type FirestoreStore, openFirestore } from "./firestore/open-firestore.ts";
import { openPubSub, type PubSub } from "./pubsub/open-pubsub.ts";
import { provisionPubSub } from "./pubsub/provision-pubsub.ts";

/** Less than keepalive takes. */
const SOON_MS = 25_000;
/** In which deliveries go on after a fault. */
const PROMISED_MS = 30_000;
/** Longer than a connection may be silent before it is stale. */
const STALE_MS = 11_000;
const STREAMS = 2;

describe("a connection that no longer carries anything", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function linkTo(port: number): Promise<FaultyLink> {
    const link = await startFaultyLink(port);
    closing.push(link.close);
    return link;
  }

  function opened<T extends FirestoreStore | PubSub>(client: T): T {
    closing.unshift(() => client.close());
    return client;
  }

  async function linkedFirestore(timeoutMs: number) {
    const link = await linkTo((await sharedFirestoreEmulator()).port);
    const store = openFirestore({
      ...{ projectId: uniqueName(), databaseId: "(default)", emulatorHost: `127.0.0.1:${link.port}` },
      ...{ clock: testClock(), messageTtlMs: 1e9, maxDevices: 2, timeoutMs },
    });
    opened(store);
    const call = () => store.queues.page(freshQueue(), { limit: 1, maxBytes: 1e6 });
    await eventually(call);
    return { link, call };
  }

  it("is replaced after a call that met its deadline", async () => {
    const { link, call } = await linkedFirestore(1_500);
    link.stall();
    await expect(call()).rejects.toBeInstanceOf(UnavailableError);
    await eventually(call, SOON_MS);
  });

  it("fails no call when it has been silent for long", async () => {
    const { link, call } = await linkedFirestore(EMULATOR_TIMEOUT_MS);
    const quietSince = performance.now();
    await eventually(() => expect(performance.now() - quietSince).toBeGreaterThan(STALE_MS));
    link.stall();
    await call();
  });

  it("takes its pull streams with it", async () => {
    const { port, url: emulatorHost } = await sharedPubSubEmulator();
    const settings = { projectId: uniqueName(), timeoutMs: EMULATOR_TIMEOUT_MS };
    await provisionPubSub({ ...settings, emulatorHost });
    const witness = opened(openPubSub({ ...settings, emulatorHost }));
    const publish = (text: string) => witness.publisher.publish({ data: Buffer.from(text), attributes: {} });
    const link = await linkTo(port);
    const linked = opened(
      openPubSub({ ...settings, timeoutMs: 1_500, emulatorHost: `127.0.0.1:${link.port}` }),
    );
    const held: IngressDelivery[] = [];
    await linked.consumer({ maxMessages: 100, maxBytes: 1e6 }).start((delivery) => held.push(delivery));
    await publish("before");
    await eventually(() => expect(held).toHaveLength(1));
    link.stall();
    held[0]?.ack();
    const texts = () => held.map(({ record }) => record.data.toString());
    // The emulator sends what comes at once to one of the streams that it believes to be open.
    await eventually(async () => {
      await publish("after");
      expect(texts()).toContain("after");
    }, SOON_MS);
  });

  async function idleStreams(answersPings: boolean) {
    const server = await startPullServer({ isIdle: true, answersPings });
    closing.push(async () => server.close());
    const link = await linkTo(server.port);
    const emulatorHost = `127.0.0.1:${link.port}`;
    const linked = opened(openPubSub({ projectId: uniqueName(), emulatorHost }));
    await linked.consumer({ maxMessages: 100, maxBytes: 1e6, streams: STREAMS }).start(() => {});
    await eventually(() => expect(server.opened).toHaveLength(STREAMS));
    return { server, link };
  }

  it.each([true, false])("takes idle pull streams with it, with pings answered: %s", async (answered) => {
    const { server, link } = await idleStreams(answered);
    link.stall();
    await eventually(() => expect(server.opened).toHaveLength(2 * STREAMS), PROMISED_MS);
  });

  it("is not doubted when idle pull streams get no answers to pings, but other calls do", async () => {
    const [answering, silent] = await Promise.all([idleStreams(true), idleStreams(false)]);
    await eventually(() => expect(silent.server.probes()).toBe(2), 2 * PROMISED_MS);
    await eventually(
      () => expect(answering.server.pings()).toBeGreaterThanOrEqual(3 * STREAMS),
      2 * PROMISED_MS,
    );
    expect(answering.server.probes()).toBe(0);
    for (const { server } of [answering, silent]) expect(server.opened).toHaveLength(STREAMS);
  });
});
