import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  DEFAULT_QUEUE,
  type Device,
  type DeviceAddress,
  type DeviceId,
  deviceWithId,
} from "../src/model/device.ts";
import { DAY_MS } from "../src/model/limits/fixed-limits.ts";
import type { UserId } from "../src/model/user.ts";
import type { DeviceRegistry } from "../src/ports/device-registry.ts";
import {
  MAX_DEVICES,
  type MessageStoreUnderTest,
  type OpenMessageStore,
  storeSettings,
} from "./message-store.ts";
import { AWKWARD_USERS, freshUser, HOUR_MS, testClock } from "./samples.ts";

/** The contract of every adapter of {@link DeviceRegistry}. */
export function deviceRegistryContract(name: string, open: OpenMessageStore): void {
  describe(`${name}: device registry`, () => {
    let store: MessageStoreUnderTest;
    let devices: DeviceRegistry;

    beforeAll(async () => {
      store = await open(storeSettings(testClock()));
      devices = store.devices;
    });
    afterAll(() => store.close());

    const register = (user: UserId, id: string) => devices.register({ user, device: id as DeviceId });
    const devicesOf = (user: UserId) => lookupOne(devices, user);

    it("knows no device of a user who never registered one", async () => {
      expect(await devicesOf(freshUser())).toEqual([]);
      expect((await devices.lookup([])).size).toBe(0);
    });

    it("lets the first device adopt the queue default and mints a queue for every other", async () => {
      const user = freshUser();
      const before = Date.now();
      const phone = await register(user, "phone");
      expect(phone).toEqual({ id: "phone", queue: DEFAULT_QUEUE, lastSeen: expect.any(Number) });
      expect(phone.lastSeen).toBeGreaterThanOrEqual(before);
      expect(phone.lastSeen).toBeLessThanOrEqual(Date.now());
      const laptop = await register(user, "laptop");
      const tablet = await register(user, "tablet");
      expect(new Set([phone.queue, laptop.queue, tablet.queue]).size).toBe(3);
      expect(await devicesOf(user)).toEqual([laptop, phone, tablet]);
    });

    it("mints queues that no other user has", async () => {
      const minted = await Promise.all(
        Array.from({ length: 10 }, async () => {
          const user = freshUser();
          await register(user, "first");
          return (await register(user, "second")).queue;
        }),
      );
      expect(new Set(minted).size).toBe(10);
    });

    it("returns a registered device as it is", async () => {
      const user = freshUser();
      const phone = await register(user, "phone");
      expect(await register(user, "phone")).toEqual(phone);
      expect(await devicesOf(user)).toEqual([phone]);
    });

    it("lets exactly one of several first registrations at once adopt the queue default", async () => {
      for (let round = 0; round < 5; round += 1) {
        const user = freshUser();
        const registered = await Promise.all(["a", "b", "c"].map((id) => register(user, id)));
        expect(registered.filter(({ queue }) => queue === DEFAULT_QUEUE)).toHaveLength(1);
        expect(new Set(registered.map(({ queue }) => queue)).size).toBe(3);
        expect(await devicesOf(user)).toEqual(registered);
      }
    });

    it("gives one device that registers several times at once one queue", async () => {
      const user = freshUser();
      const registered = await Promise.all(Array.from({ length: 4 }, () => register(user, "phone")));
      expect(new Set(registered.map(({ queue }) => queue))).toEqual(new Set([DEFAULT_QUEUE]));
      expect(await devicesOf(user)).toHaveLength(1);
    });

    it("refuses one device more than a user may have, and no device that is registered", async () => {
      const user = freshUser();
      for (let index = 0; index < MAX_DEVICES; index += 1) await register(user, `device-${index}`);
      await expect(register(user, "one-more")).rejects.toMatchObject({
        code: "too_many_devices",
        message: `A user may have at most ${MAX_DEVICES} devices`,
      });
      expect((await register(user, "device-1")).id).toBe("device-1");
      await devices.remove({ user, device: "device-0" as DeviceId });
      expect((await register(user, "one-more")).queue).not.toBe(DEFAULT_QUEUE);
      await expect(register(user, "device-0")).rejects.toMatchObject({ code: "too_many_devices" });
      expect(await devicesOf(user)).toHaveLength(MAX_DEVICES);
    });

    it("holds the limit when more devices than that register at once", async () => {
      const user = freshUser();
      const attempts = Array.from({ length: MAX_DEVICES + 3 }, (_, index) =>
        register(user, `device-${index}`),
      );
      const results = await Promise.allSettled(attempts);
      const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      expect(refused.map(({ code }) => code)).toEqual(Array(3).fill("too_many_devices"));
      const registered = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
      expect(await devicesOf(user)).toEqual(registered);
      expect(new Set(registered.map(({ queue }) => queue)).size).toBe(MAX_DEVICES);
    });

    it("replaces the push target where one is given and keeps it where none is", async () => {
      const address = { user: freshUser(), device: "phone" as DeviceId };
      expect((await devices.register(address)).push).toBeUndefined();
      const first = { platform: "ios", token: "token-é-1" } as const;
      expect(await devices.register(address, first)).toMatchObject({ queue: DEFAULT_QUEUE, push: first });
      expect((await devices.register(address)).push).toEqual(first);
      const second = { platform: "web", token: "t".repeat(4000) } as const;
      expect((await devices.register(address, second)).push).toEqual(second);
      expect((await devicesOf(address.user))[0]?.push).toEqual(second);
    });

    it("looks up many users at once, known and unknown, each once", async () => {
      const known = Array.from({ length: 30 }, freshUser);
      const unknown = Array.from({ length: 300 }, freshUser);
      const registered = await Promise.all(known.map((user) => register(user, "phone")));
      const found = await devices.lookup([...unknown, ...known, ...known.slice(0, 3)]);
      expect(known.map((user) => found.get(user))).toEqual(registered.map((device) => [device]));
      for (const user of unknown) expect(found.get(user) ?? []).toEqual([]);
    });

    it.each(AWKWARD_USERS)("serves the user %s", async (user) => {
      await devices.removeUser(user);
      expect(await devicesOf(user)).toEqual([]);
      const phone = await register(user, "phone");
      expect(phone.queue).toBe(DEFAULT_QUEUE);
      expect((await devices.lookup([freshUser(), user])).get(user)).toEqual([phone]);
      expect((await devices.removeUser(user)).devices).toEqual([phone]);
    });

    it("keeps users with awkward ids apart", async () => {
      for (const user of AWKWARD_USERS) await devices.removeUser(user);
      const registered = await Promise.all(
        AWKWARD_USERS.map((user, index) => register(user, `phone-${index}`)),
      );
      const found = await devices.lookup(AWKWARD_USERS);
      expect(AWKWARD_USERS.map((user) => found.get(user))).toEqual(registered.map((device) => [device]));
      for (const user of AWKWARD_USERS) await devices.removeUser(user);
    });

    it("serves devices with awkward ids", async () => {
      const user = freshUser();
      const names = ["0", "constructor", "hasOwnProperty", `z${"_".repeat(63)}`];
      const registered: Device[] = [];
      for (const id of names) registered.push(await register(user, id));
      expect(registered.map(({ id }) => id)).toEqual(names);
      expect(await devicesOf(user)).toEqual(registered);
      expect((await devices.remove({ user, device: "toString" as DeviceId })).devices).toEqual([]);
      const removed = await devices.remove({ user, device: "constructor" as DeviceId });
      expect(removed.devices).toEqual([registered[1]]);
      expect((await devicesOf(user)).map(({ id }) => id)).toEqual(["0", "hasOwnProperty", names[3]]);
    });

    it("lists devices in order of id", async () => {
      const user = freshUser();
      for (const id of ["b", "a-1", "B", "10"]) await register(user, id);
      expect((await devicesOf(user)).map(({ id }) => id)).toEqual(["10", "B", "a-1", "b"]);
    });

    it("removes a device once, and gives it another queue when it registers again", async () => {
      const user = freshUser();
      const phone = await register(user, "phone");
      const laptop = await register(user, "laptop");
      const address = { user, device: "phone" as DeviceId };
      expect((await devices.remove(address)).devices).toEqual([phone]);
      expect((await devices.remove(address)).devices).toEqual([]);
      expect((await devices.remove({ user: freshUser(), device: address.device })).devices).toEqual([]);
      expect(await devicesOf(user)).toEqual([laptop]);
      const again = await devices.register(address);
      expect([DEFAULT_QUEUE, laptop.queue]).not.toContain(again.queue);
      await devices.remove({ user, device: "laptop" as DeviceId });
      expect((await register(user, "laptop")).queue).not.toBe(laptop.queue);
    });

    it("hands a device to exactly one of several removals at once", async () => {
      const user = freshUser();
      await register(user, "phone");
      const address = { user, device: "phone" as DeviceId };
      const removed = await Promise.all(Array.from({ length: 3 }, () => devices.remove(address)));
      expect(removed.flatMap((each) => each.devices)).toHaveLength(1);
    });

    it("takes a user whose last device went as a new one", async () => {
      const user = freshUser();
      await register(user, "phone");
      await devices.remove({ user, device: "phone" as DeviceId });
      expect(await devicesOf(user)).toEqual([]);
      expect((await register(user, "laptop")).queue).toBe(DEFAULT_QUEUE);
    });

    it("removes a user with all devices, and no other user", async () => {
      const [user, other] = [freshUser(), freshUser()];
      const phone = await register(user, "phone");
      const laptop = await register(user, "laptop");
      await register(other, "phone");
      expect((await devices.snapshot(user)).devices).toEqual([laptop, phone]);
      const removed = await devices.removeUser(user);
      expect([...removed.devices].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([laptop, phone]);
      expect((await devices.removeUser(user)).devices).toEqual([]);
      expect(await devicesOf(user)).toEqual([]);
      expect(await devicesOf(other)).toHaveLength(1);
      expect((await register(user, "tablet")).queue).toBe(DEFAULT_QUEUE);
    });
  });

  describe(`${name}: devices over the days`, () => {
    const clock = testClock();
    let store: MessageStoreUnderTest;

    beforeAll(async () => {
      store = await open(storeSettings(clock));
    });
    afterAll(() => store.close());

    const register = (user: UserId, id: string) => store.devices.register({ user, device: id as DeviceId });

    it("writes when a device was seen once a day at most", async () => {
      const user = freshUser();
      const { lastSeen } = await register(user, "phone");
      clock.advance(DAY_MS - HOUR_MS);
      expect((await register(user, "phone")).lastSeen).toBe(lastSeen);
      expect((await lookupOne(store.devices, user))[0]?.lastSeen).toBe(lastSeen);
      clock.advance(2 * HOUR_MS);
      const seenAgain = await register(user, "phone");
      expect(seenAgain.lastSeen).toBeGreaterThan(lastSeen + DAY_MS);
      expect(await lookupOne(store.devices, user)).toEqual([seenAgain]);
    });

    it("sweeps devices that were unseen for a long time, hands over each, and keeps the others", async () => {
      const [left, mixed] = [freshUser(), freshUser()];
      const stale = [await register(left, "phone"), await register(mixed, "laptop")];
      await register(mixed, "tablet");
      clock.advance(40 * DAY_MS);
      const fresh = await register(mixed, "phone");
      const seenAgain = await register(mixed, "tablet");

      const swept: { address: DeviceAddress; device: Device }[] = [];
      await store.devices.sweep(clock.now() - 20 * DAY_MS, async (address, device) => {
        if (address.user !== left && address.user !== mixed) return;
        expect(deviceWithId(await lookupOne(store.devices, address.user), address.device)).toBeUndefined();
        swept.push({ address, device });
      });
      expect(swept).toHaveLength(2);
      expect(swept).toEqual(
        expect.arrayContaining([
          { address: { user: left, device: "phone" }, device: stale[0] },
          { address: { user: mixed, device: "laptop" }, device: stale[1] },
        ]),
      );
      expect(await lookupOne(store.devices, left)).toEqual([]);
      expect(await lookupOne(store.devices, mixed)).toEqual([fresh, seenAgain]);
      expect((await register(left, "phone")).queue).toBe(DEFAULT_QUEUE);
    });

    it("never sweeps a device that is seen again in between", async () => {
      const users = Array.from({ length: 12 }, freshUser);
      for (const user of users) await register(user, "phone");
      clock.advance(40 * DAY_MS);
      const seenAgain: Promise<Device>[] = [];
      const comeBack = () => seenAgain.push(...users.splice(0, 4).map((user) => register(user, "phone")));
      const all = [...users];
      const sweep = store.devices.sweep(clock.now() - DAY_MS, async () => {
        comeBack();
      });
      comeBack();
      await sweep;
      while (users.length > 0) comeBack();
      await Promise.all(seenAgain);
      expect(seenAgain).toHaveLength(12);
      for (const user of all) {
        expect(await lookupOne(store.devices, user)).toMatchObject([{ id: "phone", queue: DEFAULT_QUEUE }]);
      }
    });
  });
}

async function lookupOne(devices: DeviceRegistry, user: UserId): Promise<readonly Device[]> {
  return (await devices.lookup([user])).get(user) ?? [];
}
