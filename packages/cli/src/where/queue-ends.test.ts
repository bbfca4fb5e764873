import { DAY_MS, type DeviceId, type QueueId } from "@dumbwaiter/core";
import { STEP_LINES } from "@dumbwaiter/service/message-lines";
import { describe, expect, it } from "@jest/globals";
import type { LoggedStep } from "./message-log.ts";
import { withEnds } from "./queue-ends.ts";

const HOUR_MS = DAY_MS / 24;
const NOW = Date.now();

const phone = { device: "phone" as DeviceId, queue: "default" as QueueId };
const tablet = { device: "tablet" as DeviceId, queue: "q2" as QueueId };
const absent = { storedAt: undefined };

function stored(ago: number, ...queues: (typeof phone)[]): LoggedStep {
  return { at: NOW - ago, service: "processor", message: STEP_LINES.store, queues };
}

function acked(device: string, ago = 0): LoggedStep {
  return { at: NOW - ago, service: "api", message: STEP_LINES.ack, device };
}

const ends = (...[queues, steps]: [Parameters<typeof withEnds>[0], LoggedStep[]]) =>
  withEnds(queues, steps, DAY_MS).map(({ device, end, endedAt }) => [device, end, endedAt]);

const expiries = (...[queues, steps]: [Parameters<typeof withEnds>[0], LoggedStep[]]) =>
  withEnds(queues, steps, DAY_MS).map(({ expiry }) => expiry);

describe("how a message left a queue", () => {
  it("is that its device acknowledged it, and when", () => {
    const steps = [stored(HOUR_MS, phone, tablet), acked("tablet", 1000)];
    expect(
      ends(
        [
          { ...phone, storedAt: 7 },
          { ...tablet, ...absent },
        ],
        steps,
      ),
    ).toEqual([
      ["phone", undefined, undefined],
      ["tablet", "acknowledged", NOW - 1000],
    ]);
  });

  it("is unknown, of a device that had it and of which the log has no acknowledgement, but when it would have expired", () => {
    const places = [
      { ...phone, ...absent },
      { ...tablet, ...absent },
    ];
    const unknown = [
      ["phone", undefined, undefined],
      ["tablet", undefined, undefined],
    ];
    expect(ends(places, [stored(DAY_MS + HOUR_MS, phone)])).toEqual(unknown);
    expect(expiries(places, [stored(DAY_MS + HOUR_MS, phone)])).toEqual([NOW - HOUR_MS, undefined]);
    expect(ends(places, [stored(HOUR_MS, phone)])).toEqual(unknown);
    expect(expiries(places, [stored(HOUR_MS, phone)])).toEqual([undefined, undefined]);
    expect(ends(places, [])).toEqual(ends(places, [acked("watch")]).slice(0, 2));
  });

  it("is that its device was removed, also if it registered again", () => {
    const again = { ...phone, queue: "q3" as QueueId, ...absent };
    expect(ends([again], [stored(DAY_MS * 2, phone)])).toEqual([
      ["phone", undefined, undefined],
      ["phone", "device-removed", undefined],
    ]);
    expect(ends([again], [stored(HOUR_MS, phone), acked("phone", 5)])).toEqual([
      ["phone", undefined, undefined],
      ["phone", "acknowledged", NOW - 5],
    ]);
    expect(ends([again], [acked("phone", 5)])).toEqual([["phone", "acknowledged", NOW - 5]]);
    expect(ends([again], [stored(HOUR_MS, phone, tablet), acked("tablet", 5)])).toContainEqual([
      "tablet",
      "acknowledged",
      NOW - 5,
    ]);
  });

  it("is the first device's, if it was stored for a user without devices", () => {
    const nobody = { device: undefined, queue: "default" as QueueId, ...absent };
    expect(expiries([nobody], [stored(DAY_MS * 2)])).toEqual([NOW - DAY_MS]);
    expect(ends([{ ...phone, ...absent }], [stored(HOUR_MS), acked("phone", 9)])).toEqual([
      ["phone", "acknowledged", NOW - 9],
    ]);
  });
});
