import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { DEFAULT_QUEUE, type DeviceId } from "../src/model/device.ts";
import type { MessageId } from "../src/model/message-id.ts";
import type { UserId } from "../src/model/user.ts";
import type { DeviceRegistry } from "../src/ports/device-registry.ts";
import type { MessageQueues } from "../src/ports/message-queues.ts";
import { type RemovalDependencies, removeDevice, removeUser } from "../src/use-cases/remove-device.ts";
import { eventually } from "./eventually.ts";
import { type MessageStoreUnderTest, type OpenMessageStore, storeSettings } from "./message-store.ts";
import { freshUser, HOUR_MS, sampleMessage, testClock } from "./samples.ts";

const PHONE = "phone" as DeviceId;
const TABLET = "tablet" as DeviceId;

/** What registry and queues of one store must give together: a removal that deletes nothing of another device. */
export function deviceRemovalContract(name: string, open: OpenMessageStore): void {
  describe(`${name}: removing a device while another registers`, () => {
    const clock = testClock();
    let store: MessageStoreUnderTest;
    let devices: DeviceRegistry;
    let queues: MessageQueues;
    let user: UserId;

    beforeAll(async () => {
      store = await open(storeSettings(clock));
      ({ devices, queues } = store);
    });
    afterAll(() => store.close());
    beforeEach(async () => {
      user = freshUser();
      await devices.register({ user, device: PHONE });
    });

    async function post(): Promise<MessageId> {
      const message = sampleMessage();
      await queues.store([{ ...message, queues: [{ user, queue: DEFAULT_QUEUE }] }]);
      return message.id;
    }
    async function queued(): Promise<MessageId[]> {
      const page = await queues.page({ user, queue: DEFAULT_QUEUE }, { limit: 100, maxBytes: 1e6 });
      return page.messages.map(({ id }) => id);
    }
    /** The tablet adopts the queue that was the phone's. @returns what is then stored for it */
    async function adopt(): Promise<MessageId> {
      expect((await devices.register({ user, device: TABLET })).queue).toBe(DEFAULT_QUEUE);
      return post();
    }
    /** A removal that waits for `meanwhile` before its nth purge. */
    function interrupted(nth: number, meanwhile: () => Promise<unknown>): RemovalDependencies {
      let purges = 0;
      return {
        accessKeys: { remove: async () => {} },
        devices,
        queues: {
          async purge(...call) {
            purges += 1;
            if (purges === nth) await meanwhile();
            await queues.purge(...call);
          },
        },
        limits: { releaseQueue: async () => {} },
        bus: { closeDevices: async () => {} },
      };
    }

    it("deletes what was stored for it, before the call and during it", async () => {
      await post();
      const meanwhile = interrupted(1, async () => {});
      const removal: RemovalDependencies = {
        ...meanwhile,
        devices: {
          snapshot: (of) => devices.snapshot(of),
          async remove(address) {
            await post();
            // A store may take what comes within the removal's millisecond as coming after it.
            const storedBy = Date.now();
            await eventually(() => expect(Date.now()).toBeGreaterThan(storedBy + 1));
            return devices.remove(address);
          },
          removeUser: (of) => devices.removeUser(of),
        },
      };
      expect(await removeDevice(removal, { user, device: PHONE })).toBe(true);
      expect(await queued()).toEqual([]);
    });

    it("keeps what was stored for a device that registered before the second purge", async () => {
      await post();
      let kept: MessageId | undefined;
      const removal = interrupted(2, async () => {
        kept = await adopt();
      });
      expect(await removeDevice(removal, { user, device: PHONE })).toBe(true);
      expect(await queued()).toEqual([kept]);
    });

    it("keeps what was stored for a device that registered after another removal, before the first purge", async () => {
      await post();
      let kept: MessageId | undefined;
      const removal = interrupted(1, async () => {
        await removeDevice({ ...removal, ...store }, { user, device: PHONE });
        kept = await adopt();
      });
      expect(await removeDevice(removal, { user, device: PHONE })).toBe(false);
      expect(await queued()).toEqual([kept]);
    });

    it("keeps what was stored for a device that registered while its user was removed", async () => {
      await post();
      let kept: MessageId | undefined;
      const removal = interrupted(2, async () => {
        kept = await adopt();
      });
      await removeUser(removal, user);
      expect(await queued()).toEqual([kept]);
    });

    it("keeps what was stored for a device that registered after a sweep", async () => {
      await post();
      clock.advance(HOUR_MS);
      let kept: MessageId | undefined;
      await devices.sweep(clock.now() - HOUR_MS / 2, async (address, { queue }, at) => {
        if (address.user !== user) return;
        kept = await adopt();
        await queues.purge({ user, queue }, at);
      });
      expect(await queued()).toEqual([kept]);
    });

    it("pages through a long queue", async () => {
      const messages = Array.from({ length: 1_100 }, () => ({
        ...sampleMessage(),
        queues: [{ user, queue: DEFAULT_QUEUE }],
      }));
      await queues.store(messages);
      let kept: MessageId | undefined;
      const removal = interrupted(2, async () => {
        kept = await adopt();
      });
      await removeDevice(removal, { user, device: PHONE });
      expect(await queued()).toEqual([kept]);
    });
  });
}
