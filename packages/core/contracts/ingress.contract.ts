import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { IngressRecord } from "../src/model/ingress-record.ts";
import type { IngressConsumer, IngressDelivery, IngressPublisher } from "../src/ports/ingress.ts";
import { eventually } from "./eventually.ts";

/** How much one consumer may hold that is neither acked nor nacked. */
export interface IngressLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/** An empty ingress without a consumer. */
interface IngressUnderTest {
  readonly publisher: IngressPublisher;
  /** Creates another consumer of the same ingress; the test closes it. */
  consumer(limits: IngressLimits): IngressConsumer;
  close(): Promise<void>;
}

const AMPLE = { maxMessages: 1000, maxBytes: 16 * 1024 * 1024 };

/** The contract of every adapter of {@link IngressPublisher} and {@link IngressConsumer}. */
export function ingressContract(name: string, open: () => Promise<IngressUnderTest>): void {
  describe(`${name}: ingress`, () => {
    let ingress: IngressUnderTest;
    let consumers: Set<IngressConsumer>;

    beforeEach(async () => {
      ingress = await open();
      consumers = new Set();
    });
    afterEach(async () => {
      await Promise.all([...consumers].map((consumer) => consumer.close()));
      await ingress.close();
    });

    async function consume(receive: (delivery: IngressDelivery) => void, limits: IngressLimits = AMPLE) {
      const consumer = ingress.consumer(limits);
      consumers.add(consumer);
      await consumer.start(receive);
      return consumer;
    }
    async function close(consumer: IngressConsumer) {
      consumers.delete(consumer);
      await consumer.close();
    }
    const publish = (records: readonly IngressRecord[]) =>
      Promise.all(records.map((record) => ingress.publisher.publish(record)));

    it("hands out a record byte for byte, with its attributes and the time of publishing", async () => {
      const records = [
        {
          data: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
          attributes: { v: "1", note: "é 漢 \n" },
        },
        { data: Buffer.alloc(0), attributes: { onlyAttributes: "yes" } },
        { data: Buffer.from("no attributes"), attributes: {} },
      ];
      const received: IngressDelivery[] = [];
      await consume((delivery) => received.push(delivery));
      for (const record of records) {
        const before = Date.now();
        await ingress.publisher.publish(record);
        const delivery = await eventually(() => defined(received.pop()));
        expect({ ...delivery.record.attributes }).toEqual(record.attributes);
        expect(Buffer.compare(delivery.record.data, record.data)).toBe(0);
        expect(delivery.attempt).toBe(1);
        expect(Math.abs(delivery.publishedAt - before)).toBeLessThan(10_000);
        delivery.ack();
      }
    });

    it("hands out what was published before anybody consumed", async () => {
      const records = sampleRecords(20);
      await publish(records);
      const received = new Set<string>();
      await consume((delivery) => {
        received.add(nameOf(delivery));
        delivery.ack();
      });
      await eventually(() => expect(received).toEqual(namesOf(records)));
    });

    it("hands out every one of many records published at once", async () => {
      const records = sampleRecords(300);
      const received = new Set<string>();
      await consume((delivery) => {
        received.add(nameOf(delivery));
        delivery.ack();
      });
      await publish(records);
      await eventually(() => expect(received).toEqual(namesOf(records)));
    });

    it("hands out a nacked record again, with a higher attempt", async () => {
      const attempts: number[] = [];
      await consume((delivery) => {
        attempts.push(delivery.attempt);
        if (attempts.length < 3) delivery.nack();
        else delivery.ack();
      });
      await publish(sampleRecords(1));
      await eventually(() => expect(attempts.length).toBeGreaterThanOrEqual(3));
      expect(attempts[0]).toBe(1);
      expect(attempts[1]).toBeGreaterThan(1);
      expect(attempts[2]).toBeGreaterThan(attempts[1] as number);
    });

    it("hands out no more messages than may be held", async () => {
      const records = sampleRecords(60);
      const { most, received } = await drainSlowly(records, { ...AMPLE, maxMessages: 10 }, 10);
      expect(received).toEqual(namesOf(records));
      expect(most).toBe(10);
    });

    it("hands out no more bytes than may be held, but for the last message", async () => {
      const records = sampleRecords(20, 100_000);
      const { most, received } = await drainSlowly(records, { ...AMPLE, maxBytes: 450_000 }, 4);
      expect(received).toEqual(namesOf(records));
      expect(most).toBeLessThanOrEqual(5);
    });

    /** Acks the oldest only while at least `full` are held or nothing more can come; tells the most that were held. */
    async function drainSlowly(records: readonly IngressRecord[], limits: IngressLimits, full: number) {
      const held: IngressDelivery[] = [];
      const received = new Set<string>();
      let most = 0;
      await consume((delivery) => {
        held.push(delivery);
        received.add(nameOf(delivery));
        most = Math.max(most, held.length);
      }, limits);
      await publish(records);
      while (received.size < records.length || held.length > 0) {
        await eventually(() => expect(received.size === records.length || held.length >= full).toBe(true));
        held.shift()?.ack();
      }
      return { most, received };
    }

    it("hands out a record larger than the limit of bytes, so that nothing gets stuck", async () => {
      const records = sampleRecords(3, 5000);
      const received = new Set<string>();
      await consume(
        (delivery) => {
          received.add(nameOf(delivery));
          delivery.ack();
        },
        { maxMessages: 10, maxBytes: 1000 },
      );
      await publish(records);
      await eventually(() => expect(received).toEqual(namesOf(records)));
    });

    it("hands out nothing more once paused, while what is held may still be acked", async () => {
      const [held, late] = [sampleRecords(3), sampleRecords(3)];
      const first: IngressDelivery[] = [];
      const paused = await consume((delivery) => first.push(delivery));
      await publish(held);
      await eventually(() => expect(first).toHaveLength(3));
      await paused.pause();
      await publish(late);
      for (const delivery of first) delivery.ack();
      await close(paused);

      const second = new Set<string>();
      await consume((delivery) => {
        second.add(nameOf(delivery));
        delivery.ack();
      });
      await eventually(() => expect(second).toEqual(namesOf(late)));
      expect(first).toHaveLength(3);
    });

    it("gives back on close what was not acked, and only that", async () => {
      const records = sampleRecords(6);
      const first: IngressDelivery[] = [];
      const closing = await consume((delivery) => first.push(delivery));
      await publish(records);
      await eventually(() => expect(first).toHaveLength(6));
      const acked = first.slice(0, 2);
      for (const delivery of acked) delivery.ack();
      await close(closing);

      const second: IngressDelivery[] = [];
      await consume((delivery) => {
        second.push(delivery);
        delivery.ack();
      });
      const rest = new Set(first.slice(2).map(nameOf));
      await eventually(() => expect(new Set(second.map(nameOf))).toEqual(rest));
      for (const { attempt } of second) expect(attempt).toBeGreaterThan(1);
    });

    it("lets consumers share the records, and no two hold one at once", async () => {
      const records = sampleRecords(100);
      const received = new Set<string>();
      const held = new Set<string>();
      const both: string[] = [];
      const receive = (delivery: IngressDelivery) => {
        const record = nameOf(delivery);
        if (held.has(record)) both.push(record);
        held.add(record);
        received.add(record);
        setImmediate(() => {
          held.delete(record);
          delivery.ack();
        });
      };
      await consume(receive, { ...AMPLE, maxMessages: 5 });
      await consume(receive, { ...AMPLE, maxMessages: 5 });
      await publish(records);
      await eventually(() => expect(received).toEqual(namesOf(records)));
      expect(both).toEqual([]);
    });

    it("waits for what is being published when it closes", async () => {
      const own = await open();
      try {
        const records = sampleRecords(20);
        let published = 0;
        const publishing = records.map(async (record) => {
          await own.publisher.publish(record);
          published += 1;
        });
        await own.publisher.close();
        await new Promise((resolve) => setImmediate(resolve));
        expect(published).toBe(records.length);
        await Promise.all(publishing);
        const received = new Set<string>();
        const consumer = own.consumer(AMPLE);
        await consumer.start((delivery) => {
          received.add(nameOf(delivery));
          delivery.ack();
        });
        await eventually(() => expect(received).toEqual(namesOf(records)));
        await consumer.close();
      } finally {
        await own.close();
      }
    });
  });
}

function sampleRecords(count: number, bytes = 100): IngressRecord[] {
  return Array.from({ length: count }, () => ({
    data: Buffer.alloc(bytes, 32),
    attributes: { name: randomUUID() },
  }));
}

function nameOf({ record }: { readonly record: IngressRecord }): string {
  return record.attributes.name ?? "";
}

function namesOf(records: readonly IngressRecord[]): Set<string> {
  return new Set(records.map((record) => nameOf({ record })));
}

function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("nothing has come yet");
  return value;
}
