import type { DeviceAddress } from "@dumbwaiter/core";
import { InProcessDeliveryBus } from "@dumbwaiter/in-process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ALICE, BOB, ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";

const PUSH = { platform: "android", token: "push-secret" };

let api: TestApi;
const closed: DeviceAddress[] = [];
beforeAll(async () => {
  class WatchedBus extends InProcessDeliveryBus {
    override async closeDevices(devices: readonly DeviceAddress[]) {
      await super.closeDevices(devices);
      closed.push(...devices);
    }
  }
  api = await startTestApi({ dependencies: { bus: new WatchedBus() } });
});
afterAll(() => api.close());
afterEach(async () => {
  await api.removeUsers(ALICE, BOB);
  closed.length = 0;
});

async function list(): Promise<unknown> {
  const response = await api.call("GET", "/api/devices");
  expect(response.status).toBe(200);
  return ((await response.json()) as { devices: unknown }).devices;
}

describe("/api/devices", () => {
  it("registers, with and without a push target, and lists without its secret", async () => {
    expect(await list()).toEqual([]);
    const phone = { id: "phone", lastSeen: expect.any(String), push: { platform: "android" } };
    const laptop = { id: "laptop", lastSeen: expect.any(String) };
    for (const [id, body, device] of [
      ["phone", { push: PUSH }, phone],
      ["laptop", undefined, laptop],
      ["phone", {}, phone],
      ["laptop", "", laptop],
    ] as const) {
      const response = await api.call("PUT", `/api/devices/${id}`, { body });
      expect([response.status, await response.json()]).toEqual([200, device]);
    }
    const devices = (await list()) as { lastSeen: string }[];
    expect(devices).toEqual([laptop, phone]);
    expect(Math.abs(Date.parse(devices[0]?.lastSeen ?? "") - Date.now())).toBeLessThan(60_000);
    expect((await api.store.devices.lookup([ALICE])).get(ALICE)).toMatchObject([
      { id: "laptop" },
      { push: PUSH },
    ]);
    expect(api.log()).not.toContain(PUSH.token);
  });

  it("uses the device of the token, of the header, or the default device", async () => {
    const bound = await api.token({ device_id: "phone" });
    await api.call("GET", "/api/messages", { token: bound });
    await api.call("GET", "/api/messages", { token: bound, headers: { "x-device-id": "phone" } });
    expect(await list()).toMatchObject([{ id: "phone" }]);
    await api.call("GET", "/api/messages", { headers: { "x-device-id": "laptop" } });
    await api.call("GET", "/api/messages");
    await api.call("PUT", "/api/devices/phone", { token: bound, body: { push: PUSH } });
    expect(await list()).toMatchObject([{ id: "default" }, { id: "laptop" }, { id: "phone", push: {} }]);
  });

  it("removes a device with its queue and its sockets, by any token of the user", async () => {
    await api.queue(ALICE, "laptop", [ENVELOPE]);
    const kept = await api.queue(ALICE, "phone", [ENVELOPE]);
    const phone = await api.token({ device_id: "phone" });
    const response = await api.call("DELETE", "/api/devices/laptop", { token: phone });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    expect(closed).toEqual([{ user: "alice", device: "laptop" }]);
    expect(await list()).toMatchObject([{ id: "phone" }]);
    await expectProblem(await api.call("DELETE", "/api/devices/laptop"), "not_found");
    expect(await api.queued(ALICE, "laptop")).toEqual([]);
    expect(await api.queued(ALICE, "phone")).toEqual(kept);
  });

  it("guarantee 8: no user can remove another user's device", async () => {
    const kept = await api.queue(BOB, "phone", [ENVELOPE]);
    await expectProblem(await api.call("DELETE", "/api/devices/phone"), "not_found");
    expect((await api.call("DELETE", "/api/user")).status).toBe(204);
    expect(await api.queued(BOB, "phone")).toEqual(kept);
    expect(closed.every(({ user }) => user === "alice")).toBe(true);
  });
});

describe("DELETE /api/user", () => {
  it("removes all devices, queues and sockets, and may be called again", async () => {
    await api.queue(ALICE, "laptop", [ENVELOPE]);
    await api.queue(ALICE, "phone", [ENVELOPE, ENVELOPE]);
    for (let n = 0; n < 2; n += 1) {
      const response = await api.call("DELETE", "/api/user");
      expect([response.status, await response.text()]).toEqual([204, ""]);
    }
    expect(new Set(closed.map(({ device }) => device))).toEqual(new Set(["laptop", "phone"]));
    expect(await list()).toEqual([]);
    expect(await api.queued(ALICE, "laptop")).toEqual([]);
    expect(await api.queued(ALICE, "phone")).toEqual([]);
  });
});
