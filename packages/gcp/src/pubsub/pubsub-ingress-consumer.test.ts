import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { IngressDelivery } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openPubSub, type PubSub } from "./open-pubsub.ts";
import { provisionPubSub } from "./provision-pubsub.ts";
import type { PubSubSettings } from "./pubsub-settings.ts";

const AMPLE = { maxMessages: 1000, maxBytes: 16 * 1024 * 1024 };

/** A process that takes records, says so, and does nothing more with them. It ends with its parent. */
const HOLDER = `
  process.stdin.on("end", () => process.exit()).resume();
  const { openPubSub } = await import(${JSON.stringify(import.meta.resolve("../index.ts"))});
  const consumer = openPubSub(JSON.parse(process.argv[1])).consumer(${JSON.stringify(AMPLE)});
  await consumer.start(({ record }) => process.stdout.write(record.data.toString()));
`;

describe("Pub/Sub ingress", () => {
  let settings: PubSubSettings;
  let pubsub: PubSub;
  let calls: [method: string, items: number][];
  let children: ChildProcess[];

  beforeEach(async () => {
    calls = [];
    children = [];
    const { url: emulatorHost } = await sharedPubSubEmulator();
    settings = { projectId: uniqueName(), emulatorHost, timeoutMs: EMULATOR_TIMEOUT_MS };
    await provisionPubSub(settings);
    pubsub = openPubSub({ ...settings, onCall: (...call) => calls.push(call) });
  });
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    await pubsub.close();
  });

  const publish = (text: string) => pubsub.publisher.publish({ data: Buffer.from(text), attributes: {} });
  const itemsOf = (method: string) => calls.flatMap(([name, items]) => (name === method ? [items] : []));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

  it("publishes and acks 3,000 records in few requests, each once", async () => {
    let received = 0;
    const consumer = pubsub.consumer(AMPLE);
    await consumer.start((delivery) => {
      received += 1;
      delivery.ack();
    });
    await Promise.all(Array.from({ length: 3000 }, (_, index) => publish(`record ${index}`)));
    expect(sum(itemsOf("publish"))).toBe(3000);
    expect(itemsOf("publish").length).toBeLessThan(10);
    await eventually(() => expect(received).toBe(3000));
    await consumer.close();
    expect(sum(itemsOf("acknowledge"))).toBe(3000);
    expect(itemsOf("acknowledge").length).toBeLessThan(150);
    expect(itemsOf("modifyAckDeadline")).toEqual([]);
  });

  it("takes over within 15 s what a killed consumer held, and keeps what it holds itself", async () => {
    const argument = JSON.stringify(settings);
    const holder = spawn(process.execPath, ["--input-type=module", "-e", HOLDER, argument], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(holder);
    await publish("theirs");
    expect(String((await once(holder.stdout, "data"))[0])).toBe("theirs");
    holder.kill("SIGKILL");
    await once(holder, "exit");

    const held: IngressDelivery[] = [];
    const textsHeld = () => held.map(({ record }) => record.data.toString());
    const consumer = pubsub.consumer(AMPLE);
    await consumer.start((delivery) => held.push(delivery));
    await publish("ours");
    const start = performance.now();
    await eventually(() => expect(textsHeld().sort()).toEqual(["ours", "theirs"]), 15_000);
    expect(held.find(({ record }) => record.data.toString() === "theirs")?.attempt).toBe(2);
    // Longer than any lease that was not extended.
    await eventually(() => expect(performance.now() - start).toBeGreaterThan(13_000), 15_000);
    expect(held).toHaveLength(2);
    for (const delivery of held) delivery.ack();
    await consumer.close();
  });

  it("gives back what a consumer holds when Pub/Sub is closed without it", async () => {
    const held: IngressDelivery[] = [];
    await pubsub.consumer(AMPLE).start((delivery) => held.push(delivery));
    await publish("forgotten");
    await eventually(() => expect(held).toHaveLength(1));
    await pubsub.close();

    pubsub = openPubSub(settings);
    await pubsub.consumer(AMPLE).start((delivery) => held.push(delivery));
    // Pub/Sub may have offered it to a stream that was just closing: then it comes after that lease.
    await eventually(() => expect(held).toHaveLength(2));
    expect(held[1]?.attempt).toBeGreaterThan(1);
  });

  it("pauses without losing its leases, and gives back at once what was still waiting", async () => {
    const held: string[] = [];
    const deliveries: IngressDelivery[] = [];
    const consumer = pubsub.consumer({ ...AMPLE, maxMessages: 2 });
    await consumer.start((delivery) => {
      deliveries.push(delivery);
      held.push(delivery.record.data.toString());
    });
    const texts = Array.from({ length: 20 }, (_, index) => `record ${index}`);
    await Promise.all(texts.map(publish));
    await eventually(() => expect(held).toHaveLength(2));
    await consumer.pause();

    const others = new Set<string>();
    const other = pubsub.consumer(AMPLE);
    await other.start((delivery) => {
      others.add(delivery.record.data.toString());
      delivery.ack();
    });
    await eventually(() => expect(others.size).toBe(18));
    expect(held).toHaveLength(2);
    for (const delivery of deliveries) delivery.ack();
    await Promise.all([consumer.close(), other.close()]);
    expect([...others, ...held].sort()).toEqual([...texts].sort());
  });
});
