import { describe, expect, it } from "@jest/globals";
import {
  DEFAULT_QUEUE,
  type Device,
  type DeviceAddress,
  type DeviceId,
  type QueueId,
} from "../model/device.ts";
import { UnavailableError } from "../model/errors.ts";
import type { UserId } from "../model/user.ts";
import type { StoreMoment } from "../ports/message-queues.ts";
import { type RemovalDependencies, removeDevice, removeUser } from "./remove-device.ts";

const alice = "alice" as UserId;
const phone: Device = { id: "phone" as DeviceId, queue: DEFAULT_QUEUE, lastSeen: 1 };
const laptop: Device = { id: "laptop" as DeviceId, queue: "minted" as QueueId, lastSeen: 1 };
const address: DeviceAddress = { user: alice, device: phone.id };

/** One user's devices; every step that changes something is noted, and the one named `failing` fails. */
function open(registered: readonly Device[], failing?: string) {
  const steps: string[] = [];
  let devices = [...registered];
  function step(name: string): void {
    steps.push(name);
    if (name === failing) throw new UnavailableError("test");
  }
  let moments = 0;
  /** Each call finds a new moment. */
  const at = () => {
    moments += 1;
    return `moment ${moments}` as StoreMoment;
  };
  const dependencies: RemovalDependencies = {
    accessKeys: {
      remove: async (user) => step(`remove key of ${user}`),
    },
    devices: {
      snapshot: async () => ({ devices: [...devices], at: at() }),
      async remove({ device }) {
        step(`remove ${device}`);
        const removed = devices.filter(({ id }) => id === device);
        devices = devices.filter(({ id }) => id !== device);
        return { devices: removed, at: at() };
      },
      async removeUser(user) {
        step(`remove ${user}`);
        return { devices: devices.splice(0), at: at() };
      },
    },
    queues: {
      purge: async ({ user, queue }, before) => step(`purge ${user} ${queue} before ${before}`),
    },
    limits: {
      releaseQueue: async (user) => step(`release ${user}`),
    },
    bus: {
      closeDevices: async (closed) => step(`close ${closed.map(({ user, device }) => `${user}/${device}`)}`),
    },
  };
  return { dependencies, steps, devices: () => devices };
}

describe("removing a device", () => {
  it("empties the queue before its record goes and once more after, each time of what was stored by then", async () => {
    const { dependencies, steps, devices } = open([laptop, phone]);
    expect(await removeDevice(dependencies, address)).toBe(true);
    expect(steps).toEqual([
      "purge alice default before moment 1",
      "remove phone",
      "purge alice default before moment 2",
      "close alice/phone",
    ]);
    expect(devices()).toEqual([laptop]);
  });

  it("gives back the places in the queue when it was the only one", async () => {
    const { dependencies, steps } = open([phone]);
    expect(await removeDevice(dependencies, address)).toBe(true);
    expect(steps.slice(-3)).toEqual([
      "purge alice default before moment 2",
      "release alice",
      "close alice/phone",
    ]);
  });

  it("closes the sockets of a device that is not registered, and touches no queue", async () => {
    const { dependencies, steps } = open([laptop]);
    expect(await removeDevice(dependencies, address)).toBe(false);
    expect(steps).toEqual(["remove phone", "close alice/phone"]);
  });

  it("can be made again when it broke off", async () => {
    const broken = open([laptop, phone], "purge alice default before moment 1");
    await expect(removeDevice(broken.dependencies, address)).rejects.toMatchObject({ code: "unavailable" });
    expect(broken.devices()).toEqual([laptop, phone]);
  });
});

describe("removing a user", () => {
  it("empties every queue before the record goes and after, the default queue too, then closes all sockets", async () => {
    const { dependencies, steps, devices } = open([laptop]);
    await removeUser(dependencies, alice);
    expect(steps).toEqual([
      "remove key of alice",
      "purge alice minted before moment 1",
      "remove alice",
      "purge alice default before moment 2",
      "purge alice minted before moment 2",
      "release alice",
      "close alice/laptop",
    ]);
    expect(devices()).toEqual([]);
  });

  it("empties the queue of a user without devices", async () => {
    const { dependencies, steps } = open([]);
    await removeUser(dependencies, alice);
    expect(steps).toEqual([
      "remove key of alice",
      "remove alice",
      "purge alice default before moment 2",
      "release alice",
      "close ",
    ]);
  });

  it.each(["remove key of alice", "purge alice minted before moment 1", "remove alice", "release alice"])(
    "fails when the step %s does, and can be made again",
    async (failing) => {
      const { dependencies, devices, steps } = open([laptop], failing);
      await expect(removeUser(dependencies, alice)).rejects.toMatchObject({ code: "unavailable" });
      expect(steps.at(-1)).toBe(failing);
      const again = open(devices());
      await removeUser(again.dependencies, alice);
      expect(again.steps).toEqual(expect.arrayContaining(["remove key of alice", "remove alice"]));
    },
  );
});
