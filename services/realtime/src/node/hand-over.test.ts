import type { UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

let fixture: RealtimeFixture;

beforeAll(async () => {
  fixture = await openRealtimeFixture();
});
afterAll(() => fixture.close());

it("hands what a removed device got, while its socket was open, to the device that has adopted its queue", async () => {
  const bob = freshUser();
  const removed = { user: bob as UserId, device: "default" as never };
  const old = await fixture.connect(bob);
  await eventually(() => expect(old.emptied()).toBe(1));
  await fixture.store.devices.remove(removed);
  const adopter = await fixture.connect(bob, { deviceId: "tablet" });
  await eventually(() => expect(adopter.emptied()).toBe(1));
  // The processor found the old device before it was removed, and stores only now.
  const [late] = await fixture.post(bob, 1, { undelivered: true });
  await fixture.deliver(bob, [late as never]);
  await eventually(() => expect(old.ids()).toEqual([late]));
  expect(adopter.ids()).toEqual([]);
  await fixture.bus.closeDevices([removed]);
  await eventually(() => expect(old.closings()).toHaveLength(1));
  await eventually(() => expect(adopter.ids()).toEqual([late]));
  await adopter.ack([late as never]);
  expect(await fixture.queued(bob, "tablet")).toEqual([]);
});
