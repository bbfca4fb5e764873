import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type DeviceAddress,
  type DeviceId,
  type PushThrottle,
  parseDeviceId,
  parseSubject,
  type UserId,
} from "../src/index.ts";
import { AWKWARD_USERS } from "./samples.ts";

interface PushThrottleUnderTest {
  readonly throttle: PushThrottle;
  /** Lets time pass for the throttle, really or on its clock. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Short enough for adapters without their own clock. */
const INTERVAL_MS = 1_000;
/** For what must happen within the interval, however busy the machine is. */
const LONG_INTERVAL_MS = 60 * 60 * 1_000;

/** The contract of every adapter of {@link PushThrottle}. `open` begins with every device's turn free. */
export function pushThrottleContract(
  name: string,
  open: (intervalMs: number) => Promise<PushThrottleUnderTest>,
): void {
  describe(`PushThrottle: ${name}`, () => {
    let subject: PushThrottleUnderTest;
    const phone = device("alice", "phone");
    const tablet = device("alice", "tablet");
    const bobsPhone = device("bob", "phone");

    beforeEach(async () => {
      subject = await open(LONG_INTERVAL_MS);
    });
    afterEach(() => subject.close());

    it("gives a device one turn in the interval", async () => {
      expect(await subject.throttle.admit([phone])).toEqual([true]);
      expect(await subject.throttle.admit([phone])).toEqual([false]);
    });

    it("gives the next turn after the interval, counted from the request that went", async () => {
      const { throttle, advance, close } = await open(INTERVAL_MS);
      let isRefused = false;
      // A busy machine may come too late for a refusal.
      for (let attempt = 0; attempt < 10 && !isRefused; attempt += 1) {
        await throttle.admit([phone]);
        await advance(INTERVAL_MS / 2);
        const [isAdmitted] = await throttle.admit([phone]);
        isRefused = !isAdmitted;
        await advance(isRefused ? INTERVAL_MS / 2 + 1 : INTERVAL_MS + 1);
      }
      expect(isRefused).toBe(true);
      expect(await throttle.admit([phone])).toEqual([true]);
      await close();
    });

    it("answers for each device in order, and counts each alone", async () => {
      await subject.throttle.admit([tablet]);
      expect(await subject.throttle.admit([phone, tablet, bobsPhone, phone])).toEqual([
        true,
        false,
        true,
        false,
      ]);
      expect(await subject.throttle.admit([])).toEqual([]);
    });

    it("keeps users with awkward ids apart", async () => {
      const phones = AWKWARD_USERS.map((user) => ({ ...phone, user }));
      expect(await subject.throttle.admit(phones)).toEqual(phones.map(() => true));
      expect(await subject.throttle.admit(phones)).toEqual(phones.map(() => false));
    });

    it("lifts one device alone", async () => {
      await subject.throttle.admit([phone, bobsPhone]);
      await subject.throttle.lift(phone);
      expect(await subject.throttle.admit([phone, bobsPhone])).toEqual([true, false]);
      await subject.throttle.lift(device("carol", "never-pushed"));
    });

    it("gives one turn to calls that come at once", async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => subject.throttle.admit([phone])));
      expect(answers.flat().filter(Boolean)).toHaveLength(1);
    });
  });
}

function device(user: string, id: string): DeviceAddress {
  return { user: parseSubject(user) as UserId, device: parseDeviceId(id) as DeviceId };
}
