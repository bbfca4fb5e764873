import { UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  DEVICE_TTL_MS,
  device,
  openProcessorFixture,
  type ProcessorFixture,
  record,
  user,
} from "../../testing/processor-fixture.ts";

const SWEPT = "dumbwaiter_processor_devices_swept_total";

describe("device sweep", () => {
  let fixture: ProcessorFixture;

  beforeEach(async () => {
    fixture = await openProcessorFixture({ sweepIntervalMs: 20 });
  });
  afterEach(() => fixture.close());

  const devicesOf = async (name: string) =>
    (await fixture.store.devices.lookup([user(name)])).get(user(name)) ?? [];
  const sweeps = (count: number) =>
    eventually(() => expect(fixture.taps.devices.count("sweep")).toBeGreaterThanOrEqual(count));

  it("removes record, queue and sockets of devices not seen for too long, and of no others", async () => {
    const old = await fixture.register(device("bob", "old"));
    await fixture.addProcessor().start();
    await fixture.publish([record({ to: "bob" })]);
    await eventually(async () => expect(await fixture.queued(user("bob"), old.queue)).toHaveLength(1));
    await sweeps(2);
    expect(await devicesOf("bob")).toHaveLength(1);

    fixture.clock.advance(DEVICE_TTL_MS - 60_000);
    await fixture.register(device("bob", "recent"));
    await sweeps(fixture.taps.devices.count("sweep") + 2);
    expect(await devicesOf("bob")).toHaveLength(2);

    fixture.clock.advance(120_000);
    await eventually(async () => expect((await devicesOf("bob")).map(({ id }) => id)).toEqual(["recent"]));
    await eventually(() => expect(fixture.taps.bus.count("closeDevices")).toBe(1));
    expect(fixture.taps.bus.calls.find(({ method }) => method === "closeDevices")?.args[0]).toEqual([
      device("bob", "old"),
    ]);
    expect(
      fixture.taps.queues.calls.filter(({ method }) => method === "purge").map(({ args }) => args[0]),
    ).toEqual([{ user: "bob", queue: old.queue }]);
    expect(await fixture.metric(SWEPT)).toBe(1);
  });

  it("sweeps again after a failed sweep, and purges a queue despite an outage", async () => {
    for (const id of ["one", "two"]) await fixture.register(device("bob", id));
    fixture.clock.advance(DEVICE_TTL_MS + 60_000);
    let failures = 2;
    const failTwice = (method: string) => {
      if (["purge", "closeDevices"].includes(method) && failures-- > 0)
        throw new UnavailableError("a dependency");
    };
    fixture.taps.queues.before = failTwice;
    fixture.taps.bus.before = failTwice;
    await fixture.addProcessor().start();
    await eventually(async () => expect(await devicesOf("bob")).toEqual([]));
    await eventually(async () => expect(await fixture.metric(SWEPT)).toBe(2));
    // Two more calls than there are queues.
    await eventually(() => expect(fixture.taps.queues.count("purge")).toBe(4));
  });

  it("never runs two sweeps at once, and stop() waits for the device in progress", async () => {
    for (const id of ["one", "two"]) await fixture.register(device("bob", id));
    fixture.clock.advance(DEVICE_TTL_MS + 60_000);
    const gate = Promise.withResolvers<void>();
    fixture.taps.queues.before = () => gate.promise;
    const processor = fixture.addProcessor();
    await processor.start();
    await eventually(() => expect(fixture.taps.queues.count("purge")).toBe(1));
    // Five intervals: enough time for a second sweep, if there were one.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(fixture.taps.devices.count("sweep")).toBe(1);
    const stopped = processor.stop();
    gate.resolve();
    await stopped;
    expect(fixture.taps.bus.count("closeDevices")).toBe(1);
    expect(await devicesOf("bob")).toHaveLength(1);
  });
});
