import { type DeviceId, MAX_PULL_BYTES, type UserId } from "@dumbwaiter/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { ALICE, BOB, ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";

interface Page {
  readonly messages: readonly { readonly id: string; readonly envelope: unknown }[];
  readonly hasMore: boolean;
}

const UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8057";

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());
afterEach(() => api.removeUsers(ALICE, BOB));

async function pull(query = "", device = "default", sub = "alice"): Promise<Page> {
  const token = await api.token({ sub });
  const response = await api.call("GET", `/api/messages${query}`, {
    token,
    headers: { "x-device-id": device },
  });
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
  return (await response.json()) as Page;
}

async function ack(messageIds: readonly string[], device = "default", sub = "alice"): Promise<void> {
  const token = await api.token({ sub });
  const headers = { "x-device-id": device };
  const response = await api.call("POST", "/api/messages/ack", { token, headers, body: { messageIds } });
  expect([response.status, await response.text()]).toEqual([204, ""]);
}

const idsOf = ({ messages }: Page) => messages.map(({ id }) => id);
const numbered = (count: number) =>
  Array.from({ length: count }, (_, priority) => ({ ...ENVELOPE, priority }));

describe("GET /api/messages", () => {
  it("returns the stored bytes unchanged", async () => {
    const stored = ['{"recipientId" : "urn:sm:user:alice"}', '{"a":"\\u0041ü"}'];
    const [first, second] = await api.queue(ALICE, "default", stored);
    const text = await (await api.call("GET", "/api/messages?limit=100")).text();
    expect(text).toBe(
      `{"messages":[{"id":"${first}","envelope":${stored[0]}},{"id":"${second}","envelope":${stored[1]}}],"hasMore":false}`,
    );
  });

  it("returns the oldest messages up to the limit, and whether there are more", async () => {
    const ids = await api.queue(ALICE, "default", numbered(501));
    expect(idsOf(await pull("?limit=3"))).toEqual(ids.slice(0, 3));
    expect(idsOf(await pull())).toEqual(ids.slice(0, 50));
    expect(await pull("?limit=500")).toMatchObject({ hasMore: true });
    for (const limit of ["501", "00501", "99999999999999999999999"]) {
      const page = await pull(`?limit=${limit}`);
      expect([idsOf(page), page.hasMore]).toEqual([ids.slice(0, 500), true]);
    }
    await ack(ids.slice(0, 500));
    expect(await pull("?limit=1")).toMatchObject({ messages: [{ id: ids[500] }], hasMore: false });
  });

  it("stops at 8 MiB", async () => {
    const envelope = { ...ENVELOPE, encryptedData: "A".repeat(100_000) };
    const ids = await api.queue(ALICE, "default", Array(100).fill(envelope));
    const fitting = Math.floor(MAX_PULL_BYTES / JSON.stringify(envelope).length);
    const page = await pull("?limit=500");
    expect([idsOf(page), page.hasMore]).toEqual([ids.slice(0, fitting), true]);
  });

  it("returns messages from before the first pull to a user without devices", async () => {
    expect(await pull()).toEqual({ messages: [], hasMore: false });
    expect(await api.store.devices.lookup([ALICE])).toMatchObject(
      new Map([[ALICE, [{ id: "default", queue: "default" }]]]),
    );
  });

  it("lets the device be pushed again at once", async () => {
    const address = { user: ALICE, device: "phone" as DeviceId };
    expect(await api.pushThrottle.admit([address])).toEqual([true]);
    expect(await api.pushThrottle.admit([address])).toEqual([false]);
    await pull("", "phone");
    expect(await api.pushThrottle.admit([address])).toEqual([true]);
  });

  it("responds to HEAD without a body, and registers no device", async () => {
    const response = await api.call("HEAD", "/api/messages");
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect((await api.store.devices.lookup([ALICE])).get(ALICE) ?? []).toEqual([]);
  });
});

describe("POST /api/messages/ack", () => {
  it("guarantee 3: deletes the given ids, repeated or in capitals, and nothing else", async () => {
    const [first = "", second = "", third = ""] = await api.queue(ALICE, "default", numbered(3));
    await ack([first, UNKNOWN, first, third.toUpperCase()]);
    expect(idsOf(await pull())).toEqual([second]);
    await ack([first]);
    await ack([]);
    expect(idsOf(await pull())).toEqual([second]);
    await ack([second]);
    expect(await pull()).toEqual({ messages: [], hasMore: false });
  });

  it("takes 500 ids", async () => {
    const ids = await api.queue(ALICE, "default", numbered(500));
    await ack(ids);
    expect(await api.queued(ALICE, "default")).toEqual([]);
  });

  it("guarantee 8: leaves other users' queues and the user's other devices unchanged", async () => {
    const [mine = ""] = await api.queue(ALICE, "default", [ENVELOPE]);
    const [phone = ""] = await api.queue(ALICE, "phone", [ENVELOPE]);
    const [bobs = ""] = await api.queue(BOB, "default", [ENVELOPE]);
    await ack([mine, phone, bobs], "default", "mallory");
    await ack([mine, phone, bobs], "tablet");
    await ack([mine, phone, bobs], "phone");
    expect(idsOf(await pull())).toEqual([mine]);
    expect(idsOf(await pull("", "phone"))).toEqual([]);
    expect(idsOf(await pull("", "default", "bob"))).toEqual([bobs]);
  });

  it("registers no device", async () => {
    await ack([UNKNOWN], "default", "nobody");
    expect((await api.store.devices.lookup(["nobody" as UserId])).get("nobody" as UserId) ?? []).toEqual([]);
  });

  it("counts pulled and acknowledged messages", async () => {
    api.registry.resetMetrics();
    const ids = await api.queue(ALICE, "default", numbered(3));
    await pull();
    await ack([...ids, ...ids]);
    const metrics = await api.registry.metrics();
    expect(metrics).toMatch(/^dumbwaiter_api_messages_pulled_total 3$/m);
    expect(metrics).toMatch(/^dumbwaiter_api_messages_acked_total 3$/m);
  });
});
