import fs from "node:fs/promises";
import { type IngressDelivery, systemClock, UnavailableError } from "@dumbwaiter/core";
import { eventually, freshUser } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { temporaryDirectory } from "../testing/temporary-store.ts";
import { openSqliteDatabase, type SqliteDatabase } from "./sqlite-database.ts";
import { SqliteIngressDispatcher } from "./sqlite-ingress-dispatcher.ts";
import { SqliteIngressPublisher } from "./sqlite-ingress-publisher.ts";

const AMPLE = { maxMessages: 1000, maxBytes: 16 * 1024 * 1024 };

describe("the SQLite ingress", () => {
  let dataDir: string;
  let database: SqliteDatabase;
  let ingress: SqliteIngressDispatcher;
  let publisher: SqliteIngressPublisher;
  /** How often each operation was called. */
  let calls: Map<string, number>;
  /** What was asked of each lease. */
  let leases: { readonly again: readonly number[] }[];
  /** Operations that fail for as long as they are in here. */
  let failing: Set<string>;
  /** Called when a lease is asked for. */
  let onLease: (() => void) | undefined;

  beforeEach(async () => {
    dataDir = await temporaryDirectory();
    database = await openSqliteDatabase({ dataDir });
    calls = new Map();
    leases = [];
    failing = new Set();
    onLease = undefined;
    const watched: SqliteDatabase = {
      ...database,
      call(name, ...args) {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        if (name === "leaseIngress") {
          leases.push(args[0] as (typeof leases)[number]);
          onLease?.();
        }
        return failing.has(name)
          ? Promise.reject(new UnavailableError("test"))
          : database.call(name, ...args);
      },
    };
    ingress = new SqliteIngressDispatcher(watched, systemClock);
    publisher = new SqliteIngressPublisher(watched, systemClock, ingress);
  });
  afterEach(async () => {
    await database.close();
    await fs.rm(dataDir, { recursive: true });
  });

  async function publish(...names: string[]): Promise<void> {
    for (const name of names) await publisher.publish({ data: Buffer.from(name), attributes: {} });
  }
  const namesOf = (deliveries: readonly IngressDelivery[]) =>
    deliveries.map(({ record }) => record.data.toString());

  it("reads records only when there may be some and a consumer has room", async () => {
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer({ ...AMPLE, maxMessages: 2 });
    await consumer.start((delivery) => received.push(delivery));
    await publish("a", "b", "c");
    await eventually(() => expect(namesOf(received)).toEqual(["a", "b"]));
    const whileFull = calls.get("leaseIngress");
    for (let turn = 0; turn < 20; turn += 1) await database.call("lookupDevices", [freshUser()]);
    expect(calls.get("leaseIngress")).toBe(whileFull);

    for (const delivery of received.splice(0)) delivery.ack();
    await eventually(() => expect(namesOf(received)).toEqual(["c"]));
    expect(received[0]?.attempt).toBe(1);
    for (let turn = 0; turn < 20; turn += 1) await database.call("lookupDevices", [freshUser()]);
    expect(calls.get("leaseIngress")).toBeLessThanOrEqual((whileFull ?? 0) + 2);
    await consumer.close();
  });

  it("hands out new records without reading them, and counts the attempt", async () => {
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer(AMPLE);
    await consumer.start((delivery) => received.push(delivery));
    await publish("a");
    await eventually(() => expect(namesOf(received)).toEqual(["a"]));
    const before = calls.get("leaseIngress");
    await publish("b", "c");
    await eventually(() => expect(namesOf(received)).toEqual(["a", "b", "c"]));
    expect(calls.get("leaseIngress")).toBe(before);
    received[1]?.ack();
    await consumer.close();
    const restarted = new SqliteIngressDispatcher(database, systemClock).createConsumer(AMPLE);
    received.length = 0;
    await restarted.start((delivery) => received.push(delivery));
    await eventually(() => expect(namesOf(received)).toEqual(["a", "c"]));
    expect(received.map(({ attempt }) => attempt)).toEqual([2, 2]);
    await restarted.close();
  });

  it("counts one attempt of what is published first after a restart, and while a backlog is read", async () => {
    await publish("a");
    const before = ingress.createConsumer(AMPLE);
    await new Promise<void>((resolve) => {
      void before.start((delivery) => {
        delivery.ack();
        resolve();
      });
    });
    await before.close();
    await publish("b", "c");
    ingress = new SqliteIngressDispatcher(database, systemClock);
    publisher = new SqliteIngressPublisher(database, systemClock, ingress);
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer({ ...AMPLE, maxMessages: 1 });
    await consumer.start((delivery) => {
      received.push(delivery);
      delivery.ack();
    });
    await publish("d", "e");
    await eventually(() => expect(namesOf(received)).toEqual(["b", "c", "d", "e"]));
    expect(received.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    await consumer.close();
  });

  it("also hands out an earlier record that it was not told about", async () => {
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer(AMPLE);
    await consumer.start((delivery) => received.push(delivery));
    await publish("a");
    await eventually(() => expect(namesOf(received)).toEqual(["a"]));
    await database.call("publishIngress", Buffer.from("unknown"), "{}", 0);
    await publish("b");
    await eventually(() => expect(namesOf(received)).toEqual(["a", "unknown", "b"]));
    await publish("c");
    await eventually(() => expect(namesOf(received)).toEqual(["a", "unknown", "b", "c"]));
    expect(received.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 1]);
    await consumer.close();
  });

  it("gives another consumer what a pause kept from being handed out", async () => {
    await publish("a", "b", "c");
    const first: IngressDelivery[] = [];
    const paused = ingress.createConsumer(AMPLE);
    await paused.start((delivery) => {
      first.push(delivery);
      void paused.pause();
    });
    await eventually(() => expect(first).toHaveLength(1));
    const second: IngressDelivery[] = [];
    const other = ingress.createConsumer(AMPLE);
    await other.start((delivery) => second.push(delivery));
    await eventually(() => expect(namesOf(second).sort()).toEqual(["b", "c"]));
    await Promise.all([paused.close(), other.close()]);
  });

  it("hands out again what could not be acked, and all that was published while it could not read", async () => {
    failing = new Set(["leaseIngress", "ackIngress"]);
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer(AMPLE);
    await consumer.start((delivery) => received.push(delivery));
    await publish("a");
    failing.delete("leaseIngress");
    await eventually(() => expect(namesOf(received)).toEqual(["a"]));
    received.pop()?.ack();
    await eventually(() => expect(calls.get("ackIngress")).toBe(1));
    failing.clear();
    await eventually(() => expect(received.map(({ attempt }) => attempt)).toEqual([2]));
    received.pop()?.ack();
    await consumer.close();
    expect(await database.call("leaseIngress", { ...AMPLE, again: [], after: 0, now: 0 })).toMatchObject({
      records: [],
    });
  });

  it("counts one attempt of what is published while it reads again after a failure", async () => {
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer({ ...AMPLE, maxMessages: 1 });
    await consumer.start((delivery) => received.push(delivery));
    await publish("a");
    await eventually(() => expect(namesOf(received)).toEqual(["a"]));
    await publish("b", "c");
    failing.add("leaseIngress");
    const asked = calls.get("leaseIngress") ?? 0;
    received[0]?.ack();
    await eventually(() => expect(calls.get("leaseIngress")).toBe(asked + 1));
    failing.clear();
    onLease = () => {
      onLease = undefined;
      void publish("d");
    };
    for (const [index, name] of ["b", "c", "d"].entries()) {
      await eventually(() => expect(namesOf(received)[index + 1]).toBe(name));
      received[index + 1]?.ack();
    }
    expect(received.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    await consumer.close();
  });

  it("takes only the first ack or nack of a delivery", async () => {
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer(AMPLE);
    await consumer.start((delivery) => received.push(delivery));
    await publish("a");
    const delivery = await eventually(() => {
      expect(received).toHaveLength(1);
      return received[0];
    });
    delivery?.ack();
    delivery?.ack();
    delivery?.nack();
    await consumer.close();
    delivery?.nack();
    expect(calls.get("ackIngress")).toBe(1);
    const next = ingress.createConsumer(AMPLE);
    await next.start((again) => received.push(again));
    await publish("b");
    await eventually(() => expect(namesOf(received)).toEqual(["a", "b"]));
    await next.close();
  });

  it("refuses records once it is closed", async () => {
    await publisher.close();
    await expect(publish("a")).rejects.toMatchObject({ code: "unavailable" });
    expect(calls.get("publishIngress")).toBeUndefined();
  });

  it("takes no ack of a consumer that has closed: another has its records then", async () => {
    await publish("a");
    const [first, second]: IngressDelivery[][] = [[], []];
    const closed = ingress.createConsumer(AMPLE);
    await closed.start((delivery) => first?.push(delivery));
    await eventually(() => expect(first).toHaveLength(1));
    await closed.close();
    first?.[0]?.ack();
    const other = ingress.createConsumer(AMPLE);
    await other.start((delivery) => second?.push(delivery));
    await eventually(() => expect(namesOf(second ?? [])).toEqual(["a"]));
    await other.close();
    expect(calls.get("ackIngress")).toBeUndefined();
  });

  it("leases records by the hundred, even those that were given back", async () => {
    const count = 700;
    await Promise.all(Array.from({ length: count }, (_, index) => publish(String(index))));
    for (let turn = 0; turn < 2; turn += 1) {
      const received: IngressDelivery[] = [];
      leases.length = 0;
      const consumer = ingress.createConsumer(AMPLE);
      await consumer.start((delivery) => received.push(delivery));
      await eventually(() => expect(received).toHaveLength(count));
      await consumer.close();
      expect(leases.length).toBeLessThan(5);
    }
    expect(leases.map(({ again }) => again.length)).toEqual(expect.arrayContaining([500, 200]));
  });

  it("acks a whole batch in one operation", async () => {
    const received: IngressDelivery[] = [];
    const consumer = ingress.createConsumer(AMPLE);
    await Promise.all(Array.from({ length: 200 }, (_, index) => publish(String(index))));
    await consumer.start((delivery) => received.push(delivery));
    await eventually(() => expect(received).toHaveLength(200));
    for (const delivery of received) delivery.ack();
    await consumer.close();
    expect(calls.get("ackIngress")).toBe(1);
  });
});
