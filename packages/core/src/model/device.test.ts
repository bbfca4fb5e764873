import { describe, expect, it } from "@jest/globals";
import { actingDevice } from "../ports/token-verifier.ts";
import { type DeviceId, deviceRoom, parseDeviceId } from "./device.ts";
import { DumbwaiterError, InvalidRequestError } from "./errors.ts";
import type { UserId } from "./user.ts";

const user = "alice" as UserId;
const phone = "phone" as DeviceId;

describe("a device", () => {
  it.each(["phone", "0", "default", "constructor", "a_-B", "x".repeat(64)])("is %s", (id) => {
    expect(parseDeviceId(id)).toBe(id);
  });

  it.each(["", "_a", "-a", "a.b", "a/b", "a b", "__proto__", "a\n", "é", "x".repeat(65)])(
    "is not %j",
    (id) => {
      expect(parseDeviceId(id)).toBeUndefined();
    },
  );

  it("has a room that no other device has", () => {
    expect(deviceRoom({ user: "a-b" as UserId, device: "c" as DeviceId })).toBe("a-b/c");
    expect(deviceRoom({ user: "a" as UserId, device: "b-c" as DeviceId })).toBe("a/b-c");
  });
});

describe("the device that a request acts as", () => {
  it("is the token's, else the one named, else default", () => {
    const any = { user, expiresAt: 0 };
    const bound = { ...any, device: phone };
    expect(actingDevice(bound, undefined)).toBe("phone");
    expect(actingDevice(bound, "phone")).toBe("phone");
    expect(actingDevice(any, "laptop")).toBe("laptop");
    expect(actingDevice(any, undefined)).toBe("default");
  });

  it("is never another than the token's", () => {
    const act = () => actingDevice({ user, device: phone, expiresAt: 0 }, "laptop");
    expect(act).toThrow(DumbwaiterError);
    expect(act).toThrow(expect.objectContaining({ code: "device_mismatch" }));
  });

  it.each(["", "../x", "a b"])("is not named by %j", (named) => {
    for (const device of [{}, { device: phone }]) {
      const act = () => actingDevice({ user, expiresAt: 0, ...device }, named);
      expect(act).toThrow(InvalidRequestError);
      expect(act).toThrow(expect.objectContaining({ code: "invalid_request", path: "deviceId" }));
    }
  });
});
