import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { DeviceId } from "../src/model/device.ts";
import type { PushRequest, PushRequests } from "../src/ports/push-requests.ts";
import { eventually } from "./eventually.ts";
import { freshId, freshUser } from "./samples.ts";

/** An empty push topic. */
interface PushRequestsUnderTest {
  readonly pushRequests: PushRequests;
  /** All requests that can be read back so far, in any order. */
  read(): Promise<readonly PushRequest[]>;
  close(): Promise<void>;
}

/** The contract of every adapter of {@link PushRequests}. */
export function pushRequestsContract(name: string, open: () => Promise<PushRequestsUnderTest>): void {
  describe(`${name}: push requests`, () => {
    let topic: PushRequestsUnderTest;

    beforeEach(async () => {
      topic = await open();
    });
    afterEach(() => topic.close());

    it("puts each request on the topic as it is", async () => {
      const requests = [sampleRequest(1), sampleRequest(3), { ...sampleRequest(1), priority: 10 }];
      await topic.pushRequests.request(requests);
      expect(await read(3)).toEqual(inOrder(requests));
    });

    it("takes nothing for nothing, and many at once", async () => {
      await topic.pushRequests.request([]);
      const requests = Array.from({ length: 120 }, () => sampleRequest(1));
      await Promise.all([
        topic.pushRequests.request(requests.slice(0, 60)),
        topic.pushRequests.request(requests.slice(60)),
      ]);
      expect(await read(120)).toEqual(inOrder(requests));
    });

    async function read(count: number): Promise<readonly PushRequest[]> {
      return eventually(async () => {
        const requests = await topic.read();
        expect(requests).toHaveLength(count);
        return inOrder(requests);
      });
    }
  });
}

function sampleRequest(devices: number): PushRequest {
  return {
    user: freshUser(),
    devices: Array.from({ length: devices }, (_, index) => ({
      id: `device-${index}` as DeviceId,
      platform: "android",
      token: `token é "${index}" ${"t".repeat(2000)}`,
    })),
    messageId: freshId(),
    priority: 0,
  };
}

/** The topic promises no order. */
function inOrder(requests: readonly PushRequest[]): PushRequest[] {
  return [...requests].sort((a, b) => (a.messageId < b.messageId ? -1 : 1));
}
