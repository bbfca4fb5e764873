import { connect, type Socket } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, expect, it, jest } from "@jest/globals";
import { KEY, sendAnonymously, setAccessKey } from "../../testing/anonymous-send.ts";
import { ENVELOPE, MAX_ENVELOPE_BYTES, startTestApi, type TestApi } from "../../testing/test-api.ts";

let api: TestApi;
afterEach(async () => {
  jest.restoreAllMocks();
  await api.close();
});

/** What is owed stays owed, however long a busy machine takes for the calls that follow. */
function stopRefills(): void {
  const now = performance.now();
  jest.spyOn(performance, "now").mockReturnValue(now);
}

it("a body waits for those of its user that were refused, and for no other's", async () => {
  api = await startTestApi();
  const bob = await api.token({ sub: "bob" });
  stopRefills();
  const encryptedData = "A".repeat(MAX_ENVELOPE_BYTES - 200);
  const body = JSON.stringify({ ...ENVELOPE, encryptedData, recipientId: "nobody" });
  // 1.4 MiB, which counts eight times: a wait of 9 s.
  const refused = await Promise.all(
    Array.from({ length: 22 }, () => api.call("POST", "/api/send", { body })),
  );
  for (const { status } of refused) expect(status).toBe(400);

  let answered = false;
  const late = api.call("POST", "/api/send", { body: ENVELOPE }).finally(() => {
    answered = true;
  });
  const others = [
    api.call("POST", "/api/send", { token: bob, body: ENVELOPE }),
    api.call("GET", "/api/messages"),
  ];
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([202, 200]);
  expect(answered).toBe(false);
  expect((await late).status).toBe(202);
});

/** Of different networks, as a trusted proxy tells them. */
const from = (network: number) => ({ "x-forwarded-for": `203.0.${network}.7` });

it("a body without a token waits for those of its network that were refused, and for nobody else's", async () => {
  api = await startTestApi({ settings: { trustProxy: true } });
  await setAccessKey(api);
  stopRefills();
  const encryptedData = "A".repeat(MAX_ENVELOPE_BYTES - 200);
  const body = JSON.stringify({ ...ENVELOPE, encryptedData, recipientId: "nobody" });
  // 4.5 MiB, which count eight times: a wait of 7 s.
  const refused = await Promise.all(
    Array.from({ length: 72 }, () => sendAnonymously(api, { headers: from(1), body })),
  );
  for (const { status } of refused) expect(status).toBe(400);

  let answered = false;
  const late = sendAnonymously(api, { headers: from(1) }).finally(() => {
    answered = true;
  });
  const others = [
    sendAnonymously(api, { headers: from(2) }),
    api.call("POST", "/api/send", { body: ENVELOPE }),
  ];
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([202, 202]);
  expect(answered).toBe(false);
  expect((await late).status).toBe(202);
});

it("of bodies whose network nobody knows, those that never come make room for others", async () => {
  api = await startTestApi();
  await setAccessKey(api);
  const sockets = Array.from({ length: 500 }, () => stalledSend({}, MAX_ENVELOPE_BYTES));
  await eventually(async () => expect(await heldBytes()).toBe(16 * 1024 * 1024));
  expect((await sendAnonymously(api)).status).toBe(202);
  for (const socket of sockets) socket.destroy();
});

it("bodies without a token that never come hold up none with one", async () => {
  api = await startTestApi({ settings: { trustProxy: true } });
  await setAccessKey(api);
  const sockets = Array.from({ length: 500 }, (_, index) => stalledSend(from(index % 5), MAX_ENVELOPE_BYTES));
  await eventually(async () => expect(await heldBytes()).toBe(16 * 1024 * 1024));
  const sends = Array.from({ length: 20 }, () => api.call("POST", "/api/send", { body: ENVELOPE }));
  for (const { status } of await Promise.all(sends)) expect(status).toBe(202);
  expect((await api.call("GET", "/api/messages")).status).toBe(200);
  expect(await heldBytes()).toBe(16 * 1024 * 1024);
  // Those of the network that holds the most make room for another's.
  expect((await sendAnonymously(api, { headers: from(99) })).status).toBe(202);
  for (const socket of sockets) socket.destroy();
});

async function heldBytes(): Promise<number> {
  const metrics = await api.registry.metrics();
  return Number(/^dumbwaiter_api_held_bytes (\d+)$/m.exec(metrics)?.[1]);
}

/** Announces a body, and sends none of it. */
function stalledSend(headers: Readonly<Record<string, string>>, bytes: number): Socket {
  const socket = connect(api.port, "127.0.0.1");
  socket.on("error", () => {});
  const lines = Object.entries({
    ...headers,
    host: "localhost",
    "access-key": KEY,
    "content-type": "application/json",
    "content-length": String(bytes),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /api/send HTTP/1.1\r\n${lines.join("")}\r\n`);
  return socket;
}
