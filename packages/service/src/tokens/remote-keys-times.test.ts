import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { type JwksServer, makeKey, startJwksServer } from "../../testing/test-issuer.ts";
import { RemoteKeys } from "./remote-keys.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const STARTED_AT = Date.now();

const [first, second] = await Promise.all([makeKey("first"), makeKey("second")]);

let server: JwksServer;
let now: number;
let keys: RemoteKeys;
let loads: number;
const onLoad = () => {
  loads += 1;
};

beforeEach(async () => {
  server = await startJwksServer(first);
  now = STARTED_AT;
  loads = 0;
  keys = new RemoteKeys({ url: server.url, clock: { now: () => now }, onLoad });
  await keys.find({ alg: "ES256", kid: "first" }, { payload: "", signature: "" });
  expect(server.requests).toBe(1);
});
afterEach(() => server.close());

const findSecond = () => keys.find({ alg: "ES256", kid: "second" }, { payload: "", signature: "" });

it.each([
  { ageMs: 5 * MINUTE - 1, fetched: 1 },
  { ageMs: 5 * MINUTE, fetched: 2 },
  { ageMs: 5 * MINUTE + 1, fetched: 2 },
])("keys that are used after $ageMs ms: fetched $fetched times", async ({ ageMs, fetched }) => {
  now = STARTED_AT + ageMs;
  await keys.refresh();
  // What has begun in the background reaches the server before these are answered.
  for (let turn = 0; turn < 3; turn += 1) await fetch(server.url);
  await eventually(() => expect(loads).toBe(fetched));
});

it.each([
  { ageMs: 10 * MINUTE - 1, isAwaited: false },
  { ageMs: 10 * MINUTE, isAwaited: true },
  { ageMs: 10 * MINUTE + 1, isAwaited: true },
])("keys of no use for $ageMs ms: new ones are awaited: $isAwaited", async ({ ageMs, isAwaited }) => {
  server.keys = [second];
  const { version } = keys;
  now = STARTED_AT + ageMs;
  await keys.refresh();
  expect(keys.version !== version).toBe(isAwaited);
});

it.each([
  { laterMs: 10 * SECOND - 1, requests: 1 },
  { laterMs: 10 * SECOND, requests: 2 },
  { laterMs: 10 * SECOND + 1, requests: 2 },
])("an unknown key $laterMs ms after a fetch: $requests requests", async ({ laterMs, requests }) => {
  now = STARTED_AT + laterMs;
  await expect(findSecond()).rejects.toThrow();
  expect(server.requests).toBe(requests);
});

it.each([
  { laterMs: 2 * SECOND - 1, requests: 2 },
  { laterMs: 2 * SECOND, requests: 3 },
  { laterMs: 2 * SECOND + 1, requests: 3 },
])("another attempt $laterMs ms after a failure: $requests requests", async ({ laterMs, requests }) => {
  server.broken = true;
  now = STARTED_AT + 10 * SECOND;
  await expect(findSecond()).rejects.toMatchObject({ code: "unavailable" });
  expect(server.requests).toBe(2);
  now += laterMs;
  await expect(findSecond()).rejects.toMatchObject({ code: "unavailable" });
  expect(server.requests).toBe(requests);
});

it("says without another fetch that the keys have changed since a version", async () => {
  const { version } = keys;
  server.keys = [second];
  now += 10 * SECOND;
  await findSecond();
  now += 10 * SECOND;
  expect(await keys.hasNewerThan(version)).toBe(true);
  expect(server.requests).toBe(2);
});
