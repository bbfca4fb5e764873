import type { DeviceAddress, DeviceId, MessageId, UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import type { TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

let fixture: RealtimeFixture;

beforeAll(async () => {
  fixture = await openRealtimeFixture({ timings: { pushDelayMs: 50 } });
});
afterAll(() => fixture.close());

describe("what a removed device got while its socket was open", () => {
  let bob: string;
  let removed: DeviceAddress;
  let old: TestClient;
  let adopter: TestClient;
  let late: MessageId;

  beforeEach(async () => {
    bob = freshUser();
    removed = { user: bob as UserId, device: "default" as DeviceId };
    old = await fixture.connect(bob);
    await eventually(() => expect(old.emptied()).toBe(1));
    await fixture.store.devices.remove(removed);
    adopter = await fixture.connect(bob, { deviceId: "tablet" });
    await eventually(() => expect(adopter.emptied()).toBe(1));
    // The processor found the old device before it was removed, and stores only now.
    [late] = (await fixture.post(bob, 1, { undelivered: true })) as [MessageId];
    await fixture.deliver(bob, [late]);
    await eventually(() => expect(old.ids()).toEqual([late]));
    expect(adopter.ids()).toEqual([]);
  });

  it("is handed to the device that has adopted its queue", async () => {
    await fixture.bus.closeDevices([removed]);
    await eventually(() => expect(old.closings()).toHaveLength(1));
    await eventually(() => expect(adopter.ids()).toEqual([late]));
    await adopter.ack([late]);
    expect(await fixture.queued(bob, "tablet")).toEqual([]);
  });

  it("is handed over, too, when the device leaves by itself", async () => {
    old.socket.disconnect();
    await eventually(() => expect(adopter.ids()).toEqual([late]));
  });
});
