import { describe, expect, it } from "@jest/globals";
import { DEFAULT_QUEUE, type Device, type DeviceAddress, type DeviceId } from "../model/device.ts";
import { HIGH_PRIORITY } from "../model/envelope.ts";
import { newMessageId } from "../model/message-id.ts";
import type { UserId } from "../model/user.ts";
import { canBeWoken, duePushRequests, type MissedMessage } from "./due-push-requests.ts";

const alice = "alice" as UserId;
const PUSH = { platform: "ios", token: "t" } as const;

function device(id: string, push?: Device["push"]): Device {
  return { id: id as DeviceId, queue: DEFAULT_QUEUE, lastSeen: 1, ...(push && { push }) };
}

function message(given: Partial<MissedMessage["message"]> = {}): MissedMessage["message"] {
  return { id: newMessageId(Date.now()), recipient: alice, priority: 0, ephemeral: false, ...given };
}

/** A throttle that admits these devices alone. */
function throttle(...admitted: string[]) {
  const asked: DeviceAddress[] = [];
  return {
    asked,
    admit: async (devices: readonly DeviceAddress[]) => {
      asked.push(...devices);
      return devices.map(({ device: id }) => admitted.includes(id));
    },
    lift: async () => {},
  };
}

describe("duePushRequests", () => {
  it("makes one request a message, for all devices that the throttle admits", async () => {
    const [first, second] = [message(), message({ priority: 3 })];
    const missed = [
      { message: first, device: device("phone", PUSH) },
      { message: second, device: device("phone", PUSH) },
      { message: first, device: device("tablet", PUSH) },
      { message: second, device: device("watch", PUSH) },
    ];
    expect(await duePushRequests(throttle("phone", "tablet"), missed)).toEqual({
      requests: [
        {
          user: alice,
          devices: [
            { id: "phone", ...PUSH },
            { id: "tablet", ...PUSH },
          ],
          messageId: first.id,
          priority: 0,
        },
        { user: alice, devices: [{ id: "phone", ...PUSH }], messageId: second.id, priority: 3 },
      ],
      throttled: 1,
    });
  });

  it("lets high priority pass without a turn", async () => {
    const closed = throttle();
    const missed = [HIGH_PRIORITY - 1, HIGH_PRIORITY].map((priority) => ({
      message: message({ priority }),
      device: device("phone", PUSH),
    }));
    const { requests, throttled } = await duePushRequests(closed, missed);
    expect(requests.map(({ priority }) => priority)).toEqual([HIGH_PRIORITY]);
    expect(throttled).toBe(1);
    expect(closed.asked).toHaveLength(1);
  });

  it("wakes nobody without a push target, and nobody for an ephemeral message", async () => {
    const open = throttle("phone");
    const missed = [
      { message: message(), device: device("phone") },
      { message: message({ ephemeral: true, priority: 10 }), device: device("phone", PUSH) },
    ];
    expect(await duePushRequests(open, missed)).toEqual({ requests: [], throttled: 0 });
    expect(open.asked).toEqual([]);
  });
});

it("takes a device for one that can be woken when it has a push target", () => {
  expect(canBeWoken(device("phone", PUSH))).toBe(true);
  expect(canBeWoken(device("phone"))).toBe(false);
});
