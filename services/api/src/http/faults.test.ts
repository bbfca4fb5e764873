import { randomUUID } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ServerResponse } from "node:http";
import { type MessageQueues, type QueueAddress, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { afterEach, describe, expect, it } from "@jest/globals";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ALICE, BOB, ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";

const CALLS: readonly [string, string, unknown?][] = [
  ["POST", "/api/send", ENVELOPE],
  ["GET", "/api/messages"],
  ["POST", "/api/messages/ack", { messageIds: ["01890a5d-ac96-774b-bcce-b302099a8057"] }],
  ["PUT", "/api/devices/phone"],
  ["GET", "/api/devices"],
  ["DELETE", "/api/devices/phone"],
  ["DELETE", "/api/user"],
  ["PUT", "/api/user/access-key", { accessKey: "pW2Tz8kTn6xkJZ4m7Qh1rQ==" }],
  ["GET", "/api/user/access-key"],
  ["DELETE", "/api/user/access-key"],
];

let api: TestApi;
afterEach(() => api.close());

describe("while a dependency is unavailable, the api responds with 503 and Retry-After", () => {
  it("to every call that needs the storage", async () => {
    api = await startTestApi();
    await api.closeStore();
    for (const [method, path, body] of CALLS) {
      const problem = await expectProblem(await api.call(method, path, { body }), "unavailable");
      expect(JSON.stringify(problem)).not.toMatch(/sqlite/i);
    }
    expect(api.published).toEqual([]);
    expect(await api.registry.metrics()).toMatch(/^dumbwaiter_api_refusals_total\{code="unavailable"\} 10$/m);
    expect(api.log()).toMatch(/"level":"warn".*"dependency":"sqlite"/);
  });

  it("when the issuer's keys cannot be read", async () => {
    api = await startTestApi({ issuerBroken: true });
    await expectProblem(await api.call("GET", "/api/devices"), "unavailable");
  });

  it("to a removal whose sockets may still be open", async () => {
    const away = () => Promise.reject(new UnavailableError("redis"));
    api = await startTestApi({
      dependencies: {
        bus: { deliver: away, closeDevices: away, raiseResync: away, holders: away, onNodeLost() {} },
      },
    });
    await api.queue(ALICE, "phone", [ENVELOPE]);
    await expectProblem(await api.call("DELETE", "/api/devices/phone"), "unavailable");
  });
});

describe("an internal error", () => {
  it.each([
    ["an error", () => Promise.reject(new Error("internal name: users/alice"))],
    ["undefined", () => Promise.reject(undefined)],
    [
      "an error with a status of another server",
      () => Promise.reject(Object.assign(new Error("x"), { status: 502 })),
    ],
  ])("that throws %s is a 500 without details, with the cause in the log", async (_name, publish) => {
    api = await startTestApi({ dependencies: { ingress: { publish, close: async () => {} } } });
    const problem = await expectProblem(await api.call("POST", "/api/send", { body: ENVELOPE }), "internal");
    expect(JSON.stringify(problem)).not.toMatch(/alice|node:|\.ts/);
    expect(api.log()).toMatch(/"level":"error".*"code":"internal"/);
    expect((await api.call("GET", "/api/devices")).status).toBe(200);
  });
});

it("a send that fails once its answer has begun loses its connection", async () => {
  api = await startTestApi();
  const begin = (message: unknown) => (message as { response: ServerResponse }).response.flushHeaders();
  subscribe("http.server.request.start", begin);
  try {
    const response = await api.call("POST", "/api/send", { body: ENVELOPE, token: null });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
  } finally {
    unsubscribe("http.server.request.start", begin);
  }
});

describe("a send over a limit gets 429 with Retry-After and is not published", () => {
  it.each([
    ["messages", { sendBurst: 2, sendRatePerSecond: 0.01 }, "rate_limited", /^100$/],
    ["the sender's bytes", { senderBytesPerHour: 200 }, "rate_limited", /^\d{2,4}$/],
    ["the recipient's bytes", { recipientBytesPerHour: 200 }, "rate_limited", /^\d{2,4}$/],
    [
      "the recipient's messages",
      { recipientBurst: 16, recipientRatePerSecond: 0.08 },
      "rate_limited",
      /^\d{2,4}$/,
    ],
    ["the recipient's queue", { maxQueueMessages: 2 }, "queue_full", /^60$/],
  ] as const)("%s", async (_name, limits, code, retryAfter) => {
    api = await startTestApi({ limits });
    const send = () => api.call("POST", "/api/send", { body: ENVELOPE });
    expect((await send()).status).toBe(202);
    expect((await send()).status).toBe(202);
    const response = await send();
    await expectProblem(response, code);
    expect(api.log()).toMatch(new RegExp(`"code":"${code}".*"id":"[0-9a-f-]{36}"`));
    expect(response.headers.get("retry-after")).toMatch(retryAfter);
    expect(api.published).toHaveLength(2);
  });
});

describe("a call over a limit of its user gets 429 with Retry-After, and no other user's does", () => {
  const slow = { ratePerSecond: 0.01, burst: 2 };

  it.each([
    ["a pull", { pullRatePerSecond: slow.ratePerSecond, pullBurst: slow.burst }, "GET", "/api/messages"],
    [
      "a list of devices",
      { deviceRatePerSecond: slow.ratePerSecond, deviceBurst: slow.burst },
      "GET",
      "/api/devices",
    ],
    [
      "a removal",
      { deviceRatePerSecond: slow.ratePerSecond, deviceBurst: slow.burst },
      "DELETE",
      "/api/user",
    ],
  ])("%s", async (_name, limits, method, path) => {
    api = await startTestApi({ limits });
    expect((await api.call(method, path)).ok).toBe(true);
    expect((await api.call(method, path)).ok).toBe(true);
    const response = await api.call(method, path);
    await expectProblem(response, "rate_limited");
    expect(response.headers.get("retry-after")).toMatch(/^100$/);
    expect((await api.call(method, path, { token: await api.token({ sub: "bob" }) })).ok).toBe(true);
  });

  it("an ack, by its messages, which stay queued", async () => {
    api = await startTestApi({ limits: { ackRatePerSecond: 0.01, ackBurst: 3 } });
    const messageIds = await api.queue(ALICE, "default", [ENVELOPE, ENVELOPE, ENVELOPE, ENVELOPE]);
    const ack = (ids: readonly string[]) =>
      api.call("POST", "/api/messages/ack", { body: { messageIds: ids } });
    expect((await ack(messageIds.slice(0, 3))).status).toBe(204);
    await expectProblem(await ack(messageIds.slice(3)), "rate_limited");
    expect(await api.queued(ALICE, "default")).toEqual(messageIds.slice(3));
  });
});

it("a user's flood of acks and pulls holds no other user up", async () => {
  const held = Promise.withResolvers<void>();
  // Like Firestore's adapter, it works on so much at once, in order; the work of alice is held.
  const [deletes, reads] = [places(4), places(16)];
  const whileHeld = async ({ user }: QueueAddress) => (user === ALICE ? await held.promise : undefined);
  const busy = (queues: MessageQueues): MessageQueues =>
    overridden(queues, {
      page: (address, request) =>
        reads.run(() => whileHeld(address).then(() => queues.page(address, request))),
      delete: (address, ids) => deletes.run(() => whileHeld(address).then(() => queues.delete(address, ids))),
    });
  api = await startTestApi({ wrapQueues: busy });
  const body = { messageIds: Array.from({ length: 500 }, () => randomUUID()) };
  await api.queue(ALICE, "default", []);
  await api.queue(BOB, "default", []);
  const flood = Array.from({ length: 40 }, () => [
    api.call("POST", "/api/messages/ack", { body }),
    api.call("GET", "/api/messages"),
  ]).flat();
  await eventually(() => expect([deletes.taken(), reads.taken()]).toEqual([2, 4]));
  const bob = await api.token({ sub: "bob" });
  expect((await api.call("POST", "/api/messages/ack", { token: bob, body })).status).toBe(204);
  expect((await api.call("GET", "/api/messages", { token: bob })).status).toBe(200);
  held.resolve();
  for (const answer of await Promise.all(flood)) expect(answer.ok).toBe(true);
});

it("an ack frees the places of its messages in a full queue", async () => {
  api = await startTestApi({ limits: { maxQueueMessages: 2 } });
  const bob = await api.token({ sub: "bob" });
  const send = () => api.call("POST", "/api/send", { body: ENVELOPE });
  const ids = [await send(), await send()].map(
    async (answer) => ((await answer.json()) as { id: string }).id,
  );
  await expectProblem(await send(), "queue_full");
  const body = { messageIds: await Promise.all(ids) };
  expect((await api.call("POST", "/api/messages/ack", { token: bob, body })).status).toBe(204);
  expect((await send()).status).toBe(202);
});

/** Runs so many calls at once, in the order in which they come. */
function places(count: number) {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    taken: () => taken,
    async run<T>(call: () => Promise<T>): Promise<T> {
      if (taken === count) await new Promise<void>((resolve) => waiting.push(resolve));
      else taken += 1;
      try {
        return await call();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else taken -= 1;
      }
    },
  };
}
