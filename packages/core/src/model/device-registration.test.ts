import { describe, expect, it } from "@jest/globals";
import { DEFAULT_QUEUE, type Device, type DeviceId, type PushTarget, type QueueId } from "./device.ts";
import { isStale, registerDevice, tooManyDevices } from "./device-registration.ts";
import { DAY_MS } from "./limits/fixed-limits.ts";

const NOW = 1_700_000_000_000;
const MINTED = "minted" as QueueId;
const PUSH: PushTarget = { platform: "ios", token: "a" };

function device(id: string, given: Partial<Device> = {}): Device {
  return { id: id as DeviceId, queue: `queue-of-${id}` as QueueId, lastSeen: NOW, ...given };
}

function register(devices: readonly Device[], id: string, push?: PushTarget) {
  return registerDevice(devices, { id: id as DeviceId, push, now: NOW, maxDevices: 2 }, () => MINTED);
}

describe("registerDevice", () => {
  it("gives the first device the queue default", () => {
    expect(register([], "phone")).toEqual({
      device: device("phone", { queue: DEFAULT_QUEUE }),
      changed: true,
    });
  });

  it("mints a queue for every other device, even when nobody has the queue default", () => {
    expect(register([device("phone")], "tablet")).toEqual({
      device: device("tablet", { queue: MINTED }),
      changed: true,
    });
  });

  it("mints a queue of its own for each device when no other way is given", () => {
    const queues = ["a", "b"].map((id) => {
      const outcome = registerDevice([device("c")], { id: id as DeviceId, now: NOW, maxDevices: 9 });
      return outcome === "too_many_devices" ? outcome : outcome.device.queue;
    });
    expect(new Set(queues).size).toBe(2);
  });

  it("refuses a new device at the limit, and no device that is registered", () => {
    const full = [device("phone"), device("tablet", { lastSeen: NOW - DAY_MS })];
    expect(register(full, "watch")).toBe("too_many_devices");
    expect(register(full, "phone")).toEqual({ device: full[0], changed: false });
    expect(register(full, "tablet")).toEqual({ device: device("tablet"), changed: true });
  });

  it("writes lastSeen at most once a day", () => {
    const seen = (lastSeen: number) => register([device("phone", { lastSeen })], "phone");
    expect(seen(NOW - DAY_MS + 1)).toMatchObject({ changed: false, device: { lastSeen: NOW - DAY_MS + 1 } });
    expect(seen(NOW - DAY_MS)).toMatchObject({ changed: true, device: { lastSeen: NOW } });
  });

  it.each([
    ["a first target", undefined, PUSH, true],
    ["the same target", PUSH, { ...PUSH }, false],
    ["another token", PUSH, { ...PUSH, token: "b" }, true],
    ["another platform", PUSH, { ...PUSH, platform: "android" as const }, true],
  ])("writes a push target when it changes: %s", (_name, known, given, changed) => {
    const phone = device("phone", known && { push: known });
    expect(register([phone], "phone", given)).toEqual({ device: { ...phone, push: given }, changed });
  });

  it("keeps the queue and the push target of a device that names no target", () => {
    const phone = device("phone", { push: PUSH, lastSeen: NOW - 2 * DAY_MS });
    expect(register([phone], "phone")).toEqual({ device: { ...phone, lastSeen: NOW }, changed: true });
  });
});

it("names the limit when there are too many devices", () => {
  expect(tooManyDevices(10)).toMatchObject({
    code: "too_many_devices",
    message: "A user may have at most 10 devices",
  });
});

it("takes a device for stale when it was last seen before the time", () => {
  expect(isStale(device("phone", { lastSeen: NOW - 1 }), NOW)).toBe(true);
  expect(isStale(device("phone", { lastSeen: NOW }), NOW)).toBe(false);
});
