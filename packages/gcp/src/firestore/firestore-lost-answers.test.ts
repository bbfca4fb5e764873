import { type AccessKeyHash, type Device, type DeviceId, NO_ACCESS_KEY, type UserId } from "@dumbwaiter/core";
import { eventually, freshUser, testClock } from "@dumbwaiter/core/contracts";
import { EMULATOR_TIMEOUT_MS, sharedFirestoreEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { type FaultyLink, startFaultyLink } from "@dumbwaiter/dev-env/servers/faulty-link";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type FirestoreStore, openFirestore } from "./open-firestore.ts";

const PHONE = "phone" as DeviceId;
const TABLET = "tablet" as DeviceId;

describe("when the answer to a commit is lost", () => {
  const clock = testClock();
  const settings = {
    projectId: uniqueName(),
    databaseId: "(default)",
    clock,
    messageTtlMs: 1e9,
    maxDevices: 2,
    timeoutMs: EMULATOR_TIMEOUT_MS,
  };
  let link: FaultyLink;
  /** Reaches Firestore over the link. */
  let store: FirestoreStore;
  /** Reaches it directly. */
  let witness: FirestoreStore;
  let afterRead: () => void;
  let user: UserId;

  beforeAll(async () => {
    const { url, port } = await sharedFirestoreEmulator();
    link = await startFaultyLink(port);
    store = openFirestore({
      ...settings,
      emulatorHost: `127.0.0.1:${link.port}`,
      onCall: (method) => method === "batchGetDocuments" && afterRead(),
    });
    witness = openFirestore({ ...settings, emulatorHost: url });
  });
  afterAll(async () => {
    await store.close();
    await witness.close();
    await link.close();
  });
  beforeEach(() => {
    user = freshUser();
    afterRead = () => {};
  });

  afterEach(() => witness.devices.removeUser(user));

  /** Makes a call, loses the answer to its commit, and lets it go on once the commit has had the effect. */
  async function losing<T>(call: () => Promise<T>, effect: () => Promise<void>): Promise<T> {
    afterRead = () => {
      link.mute();
      afterRead = () => {};
    };
    const outcome = call();
    outcome.catch(() => {});
    await eventually(effect);
    link.drop();
    link.mend();
    return outcome;
  }
  async function registered(): Promise<readonly Device[]> {
    return (await witness.devices.lookup([user])).get(user) ?? [];
  }
  const gone = async () => expect(await registered()).toEqual([]);

  it("a removal returns the device that it removed", async () => {
    const phone = await witness.devices.register({ user, device: PHONE });
    const removed = await losing(() => store.devices.remove({ user, device: PHONE }), gone);
    expect(removed.devices).toEqual([phone]);
  });

  it("a removal's moment is before what another device then stores", async () => {
    const phone = await witness.devices.register({ user, device: PHONE });
    const address = { user, queue: phone.queue };
    const message = { id: "0193b7a0-0000-7000-8000-000000000000" as never, envelope: Buffer.from("{}") };
    const removed = await losing(
      () => store.devices.remove({ user, device: PHONE }),
      async () => {
        await gone();
        expect((await witness.devices.register({ user, device: TABLET })).queue).toBe(phone.queue);
        await witness.queues.store([{ ...message, queues: [address] }]);
      },
    );
    expect(removed.devices).toEqual([phone]);
    await store.queues.purge(address, removed.at);
    expect(await store.queues.stillQueued(address, [message.id])).toEqual(new Set([message.id]));
    expect((await registered()).map(({ id }) => id)).toEqual([TABLET]);
  });

  it("the removal of a user returns all devices", async () => {
    const phone = await witness.devices.register({ user, device: PHONE });
    const tablet = await witness.devices.register({ user, device: TABLET });
    const removed = await losing(() => store.devices.removeUser(user), gone);
    expect(removed.devices).toEqual([phone, tablet]);
  });

  it("a sweep hands over what it removed", async () => {
    const phone = await witness.devices.register({ user, device: PHONE });
    const swept: Device[] = [];
    const sweep = () =>
      store.devices.sweep(clock.now() + 1, async (address, device) => {
        if (address.user === user) swept.push(device);
      });
    await losing(sweep, gone);
    expect(swept).toEqual([phone]);
  });

  it("a registration returns the device that it wrote", async () => {
    const device = await losing(
      () => store.devices.register({ user, device: PHONE }),
      async () => expect(await registered()).toHaveLength(1),
    );
    expect(await registered()).toEqual([device]);
  });

  describe("an access key", () => {
    const [key, later] = ["key", "later"].map((text) => text.padEnd(43, "x")) as [
      AccessKeyHash,
      AccessKeyHash,
    ];
    const keyOf = async () => (await witness.accessKeys.lookup([user])).get(user) ?? NO_ACCESS_KEY;
    const isSet = async () => expect(await keyOf()).toBe(key);
    afterEach(() => witness.accessKeys.remove(user));

    it("that was set is set", async () => {
      await losing(() => store.accessKeys.set(user, key), isSet);
      await isSet();
    });

    it("that was removed is not set", async () => {
      await witness.accessKeys.set(user, key);
      const isRemoved = async () => expect(await keyOf()).toBe(NO_ACCESS_KEY);
      await losing(() => store.accessKeys.remove(user), isRemoved);
      await isRemoved();
      await witness.accessKeys.set(user, later);
      expect(await keyOf()).toBe(later);
    });
  });
});
