import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { AccessKeyHash } from "../src/model/access-key.ts";
import type { DeviceId } from "../src/model/device.ts";
import type { UserId } from "../src/model/user.ts";
import type { AccessKeys } from "../src/ports/access-keys.ts";
import type { DeviceRegistry } from "../src/ports/device-registry.ts";
import { type MessageStoreSettings, storeSettings } from "./message-store.ts";
import { AWKWARD_USERS, freshUser, testClock } from "./samples.ts";

interface AccessKeysUnderTest {
  readonly accessKeys: AccessKeys;
  readonly devices: DeviceRegistry;
  close(): Promise<void>;
}

/** The contract of every adapter of {@link AccessKeys}. `open` is called twice: as by two processes with one store. */
export function accessKeysContract(
  name: string,
  open: (settings: MessageStoreSettings) => Promise<readonly [AccessKeysUnderTest, AccessKeysUnderTest]>,
): void {
  describe(`access keys: ${name}`, () => {
    const clock = testClock();
    let opened: readonly [AccessKeysUnderTest, AccessKeysUnderTest];
    let keys: AccessKeys;
    let others: AccessKeys;
    let user: UserId;

    beforeAll(async () => {
      opened = await open(storeSettings(clock));
      [keys, others] = [opened[0].accessKeys, opened[1].accessKeys];
    });
    afterAll(async () => {
      for (const each of opened) await each.close();
    });
    beforeEach(() => {
      user = freshUser();
    });
    const keyOf = async (of: UserId) => (await others.lookup([of])).get(of);

    it("has no key of a user who has set none", async () => {
      expect(await keys.lookup([user])).toEqual(new Map());
      expect(await keys.setAt(user)).toBeUndefined();
      await keys.remove(user);
    });

    it("shows a key to every process once it is set, and when that was", async () => {
      const key = freshKey();
      const before = clock.now();
      await keys.set(user, key);
      expect(await keyOf(user)).toBe(key);
      const setAt = await others.setAt(user);
      expect(setAt).toBeGreaterThanOrEqual(before);
      expect(setAt).toBeLessThanOrEqual(clock.now());
      expect(Number.isInteger(setAt)).toBe(true);
    });

    it("replaces a key, and its time", async () => {
      await keys.set(user, freshKey());
      const before = (await keys.setAt(user)) ?? 0;
      clock.advance(60_000);
      const key = freshKey();
      await others.set(user, key);
      expect(await keyOf(user)).toBe(key);
      expect(await keys.setAt(user)).toBeGreaterThanOrEqual(before + 60_000);
    });

    it("removes a key, as often as it is asked to", async () => {
      await keys.set(user, freshKey());
      await others.remove(user);
      await keys.remove(user);
      expect(await keyOf(user)).toBeUndefined();
      expect(await keys.setAt(user)).toBeUndefined();
      const key = freshKey();
      await keys.set(user, key);
      expect(await keyOf(user)).toBe(key);
    });

    it("reads many at once, and leaves out those without a key", async () => {
      const users = Array.from({ length: 20 }, freshUser);
      const given = new Map(users.slice(0, 10).map((each) => [each, freshKey()]));
      await Promise.all([...given].map(([each, key]) => keys.set(each, key)));
      expect(await keys.lookup(users)).toEqual(given);
      expect(await keys.lookup([])).toEqual(new Map());
    });

    it("keeps users apart whose ids look alike or mean something to a store", async () => {
      const given = new Map(AWKWARD_USERS.map((each) => [each, freshKey()]));
      for (const [each, key] of given) await keys.set(each, key);
      expect(await others.lookup(AWKWARD_USERS)).toEqual(given);
      for (const each of AWKWARD_USERS) await keys.remove(each);
      expect(await others.lookup(AWKWARD_USERS)).toEqual(new Map());
    });

    it("is left alone by whatever becomes of the user's devices, by which versions without keys rewrite the user", async () => {
      const key = freshKey();
      await keys.set(user, key);
      const { devices } = opened[0];
      const phone = { user, device: "phone" as DeviceId };
      await devices.register(phone);
      await devices.register({ ...phone, device: "tablet" as DeviceId });
      await devices.remove(phone);
      expect(await keyOf(user)).toBe(key);
      await devices.removeUser(user);
      expect(await keyOf(user)).toBe(key);
    });

    it("ends with the last of what two processes do at once", async () => {
      const offered = Array.from({ length: 20 }, freshKey);
      await Promise.all(offered.map((key, index) => (index % 2 ? keys : others).set(user, key)));
      expect(offered).toContain(await keyOf(user));
      const last = freshKey();
      await keys.set(user, last);
      expect(await keyOf(user)).toBe(last);
      await Promise.all([keys.remove(user), others.remove(user)]);
      expect(await keyOf(user)).toBeUndefined();
    });
  });
}

function freshKey(): AccessKeyHash {
  return createHash("sha256").update(randomUUID()).digest("base64url") as AccessKeyHash;
}
