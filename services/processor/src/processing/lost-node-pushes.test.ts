import type { PushTarget } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import {
  device,
  openProcessorFixture,
  type ProcessorFixture,
  record,
  user,
} from "../../testing/processor-fixture.ts";

let fixture: ProcessorFixture;

beforeEach(async () => {
  fixture = await openProcessorFixture();
});
afterEach(() => fixture.close());

const push = (token: string): PushTarget => ({ platform: "ios", token });

it("requests pushes for what a lost node was sent, if no other node holds the device and it is still queued", async () => {
  const names = ["gone", "elsewhere", "acked", "silent"];
  for (const name of names) {
    const address = device(name, "phone");
    await fixture.register(address, name === "silent" ? undefined : push(name));
    fixture.connect(address);
  }
  await fixture.addProcessor().start();
  const sent = names.map((to) => record({ to, priority: 7 }));
  await fixture.publish(sent);
  await fixture.untilAcked(names.length);
  const ephemeral = record({ to: "gone", ephemeral: true });
  await fixture.publish([ephemeral]);
  await fixture.untilAcked(names.length + 1);
  expect(await fixture.store.pushRequests.list()).toEqual([]);

  for (const name of ["gone", "acked", "silent"]) fixture.disconnect(device(name, "phone"));
  const [registered] = (await fixture.store.devices.lookup([user("acked")])).get(user("acked")) ?? [];
  const queue = { user: user("acked"), queue: registered?.queue as never };
  await fixture.store.queues.delete(queue, [sent[2]?.id as never]);
  fixture.loseNode();
  fixture.loseNode();
  await eventually(async () => expect(await fixture.store.pushRequests.list()).toHaveLength(1));
  expect(await fixture.store.pushRequests.list()).toMatchObject([
    { user: "gone", messageId: sent[0]?.id, devices: [{ id: "phone", token: "gone" }], priority: 7 },
  ]);
});

it("requests them after the next loss if the queues could not be read after this one", async () => {
  const address = device("gone", "phone");
  await fixture.register(address, push("gone"));
  fixture.connect(address);
  await fixture.addProcessor().start();
  await fixture.publish([record({ to: "gone", priority: 7 })]);
  await fixture.untilAcked(1);
  fixture.disconnect(address);
  fixture.taps.queues.before = (method) => {
    if (method === "stillQueued") throw new Error("no answer that anybody expects");
  };
  fixture.loseNode();
  await eventually(() => expect(fixture.taps.queues.count("stillQueued")).toBe(1));
  fixture.taps.queues.before = undefined;
  fixture.loseNode();
  await eventually(async () => expect(await fixture.store.pushRequests.list()).toHaveLength(1));
});
