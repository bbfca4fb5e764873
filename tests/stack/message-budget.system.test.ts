import { eventually } from "@dumbwaiter/core/contracts/eventually";
import {
  AT_ONCE,
  type Counter,
  ITEMS_OF_AN_EARLY_CALL,
  MESSAGE_BUDGET,
  type Pace,
  STEADY_RATE,
} from "@dumbwaiter/dev-env/cost/message-budget";
// Bare: the SDK decides by itself when it acknowledges, and how many at once.
import { connectClient, type TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { type Server, startRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { commandsDuring } from "@dumbwaiter/dev-env/servers/redis-usage";
import { type CountedCall, openCountedServices } from "@dumbwaiter/dev-env/stack/counted-services";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

/** All calls to Pub/Sub and Firestore that a message takes. Others would be in no counter. */
const CALLS = [
  ...["api publish", "processor acknowledge", "processor batchGetDocuments", "processor commit"],
  "realtime batchWrite",
];

/** Few, so that the messages of one socket come together when all come at once. */
const RECIPIENTS = 4;
const ENVELOPE_BYTES = 900;

let redis: Server;
let services: Awaited<ReturnType<typeof openCountedServices>>;
let sender: WireUser;
let recipients: WireUser[];
let clients: TestClient[];
/** Frames from the server with something in them, and heartbeats, which come with time. */
let [frames, heartbeats] = [0, 0];

beforeAll(async () => {
  redis = await startRedis();
  services = await openCountedServices(redis);
  const newUser = () => new WireUser(uniqueName("budget"), services.endpoints);
  sender = newUser();
  recipients = Array.from({ length: RECIPIENTS }, newUser);
  clients = await Promise.all(recipients.map(connect));
  await sender.token();
});
afterAll(async () => {
  for (const { socket } of clients ?? []) socket.disconnect();
  await services?.close();
  await redis?.stop();
});

async function connect(user: WireUser): Promise<TestClient> {
  const client = await connectClient(
    services.endpoints.realtime,
    { token: await user.token() },
    { acking: true },
  );
  await eventually(() => expect(client.emptied()).toBe(1));
  client.socket.io.engine.on("packet", ({ type }: { readonly type: string }) => {
    if (type === "message") frames += 1;
    else heartbeats += 1;
  });
  return client;
}

/** @returns the bytes of the envelope */
async function send(index: number): Promise<number> {
  const body = JSON.stringify(newEnvelope(recipients[index % RECIPIENTS] as WireUser, ENVELOPE_BYTES));
  const headers = { authorization: `Bearer ${await sender.token()}`, "content-type": "application/json" };
  // The SDK would give up on an answer that is late, and send again.
  const answer = await fetch(`${services.endpoints.api}/api/send`, { method: "POST", headers, body });
  expect(answer.status).toBe(202);
  await answer.arrayBuffer();
  return body.length;
}

/** Waits until so many messages are acknowledged, by the clients and by the processor. */
type Settled = (messages: number) => Promise<void>;

const PACES: Record<Pace, (messages: number, settled: Settled) => Promise<number[]>> = {
  async alone(messages, settled) {
    const lengths: number[] = [];
    while (lengths.length < messages) {
      lengths.push(await send(lengths.length));
      await settled(lengths.length);
    }
    return lengths;
  },
  async steady(messages) {
    const startedAt = performance.now();
    const sends: Promise<number>[] = [];
    while (sends.length < messages) {
      const due = Math.ceil(((performance.now() - startedAt) / 1000) * STEADY_RATE);
      while (sends.length < Math.min(due, messages)) sends.push(send(sends.length));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return Promise.all(sends);
  },
  async busy(messages) {
    services.rush(messages);
    return Promise.all(Array.from({ length: messages }, (_, index) => send(index)));
  },
};

/** @returns what the messages cost together, by which calls, in which time, and how many came to the processor again */
async function costOf(pace: Pace, messages: number) {
  const startedAt = performance.now();
  const calls: CountedCall[] = [];
  services.counted();
  const before = state();
  const settled = (count: number) =>
    eventually(() => {
      calls.push(...services.counted());
      const now = state();
      const records = now.records - before.records;
      expect(records).toBeGreaterThanOrEqual(count);
      expect(itemsOf(calls, "processor acknowledge")).toBe(records);
      expect(itemsOf(calls, "realtime batchWrite")).toBeGreaterThanOrEqual(count);
      expect(now.frames - before.frames).toBeGreaterThanOrEqual(2 * count);
    });
  let lengths: number[] = [];
  const { commands, reads } = await commandsDuring(async () => {
    lengths = await PACES[pace](messages, settled);
    await settled(messages);
  }, redis);
  const after = state();
  const spent = (read: (at: typeof after) => number) => read(after) - read(before);
  const envelope = sum(lengths) / messages;
  const records = spent((at) => at.records);
  const totals: Record<Counter, number> = {
    "Pub/Sub messages published": itemsOf(calls, "api publish"),
    "Pub/Sub publish calls": callsOf(calls, "api publish"),
    "Pub/Sub ack IDs": itemsOf(calls, "processor acknowledge"),
    "Pub/Sub acknowledge calls": callsOf(calls, "processor acknowledge"),
    "Pub/Sub bytes": spent((at) => at.recordBytes) - records * envelope,
    "Firestore documents read": itemsOf(calls, "processor batchGetDocuments"),
    "Firestore read calls": callsOf(calls, "processor batchGetDocuments"),
    "Firestore documents written": itemsOf(calls, "processor commit"),
    "Firestore commits": callsOf(calls, "processor commit"),
    "Firestore documents deleted": itemsOf(calls, "realtime batchWrite"),
    "Firestore delete calls": callsOf(calls, "realtime batchWrite"),
    "Redis SPUBLISH": commands.spublish ?? 0,
    "Redis scripts": commands.evalsha ?? 0,
    "Redis commands": sum(Object.values(commands)),
    "Redis reads": reads,
    "api socket writes": spent((at) => at.writes.api.calls),
    "api bytes": spent((at) => at.writes.api.bytes),
    "realtime frames": spent((at) => at.frames),
    "realtime socket writes": spent((at) => at.writes.realtime.calls - at.heartbeats),
    "realtime bytes": spent((at) => at.writes.realtime.bytes - at.delivered * envelope),
  };
  const methods = [...new Set(calls.map(({ service, method }) => `${service} ${method}`))].toSorted();
  return {
    totals,
    methods,
    redelivered: records - messages,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

function most(pace: Pace, ceiling: number, messages: number, seconds: number): number {
  if (pace !== "steady" || ceiling >= 1) return ceiling * messages;
  // Calls begin some time apart, so there are more of them where the messages take longer, as on a busy machine.
  const atThisRate = Math.max(messages, STEADY_RATE * seconds);
  return Math.min(messages, 1 + ceiling * atThisRate + messages / ITEMS_OF_AN_EARLY_CALL);
}

function state() {
  return {
    records: services.received(),
    recordBytes: services.receivedBytes(),
    writes: services.writes(),
    delivered: sum(clients.map(({ messages }) => messages.length)),
    ...{ frames, heartbeats },
  };
}

function ofName(calls: readonly CountedCall[], name: string): CountedCall[] {
  return calls.filter(({ service, method }) => `${service} ${method}` === name);
}
const callsOf = (calls: readonly CountedCall[], name: string) => ofName(calls, name).length;
const itemsOf = (calls: readonly CountedCall[], name: string) =>
  sum(ofName(calls, name).map(({ items }) => items));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

// In this order: once messages have come at once, they do so to the end.
it.each<[Pace, number, string]>([
  ["alone", 10, "one by one"],
  ["steady", 400, `at ${STEADY_RATE} a second`],
  ["busy", AT_ONCE, `when ${AT_ONCE} come at once`],
])("%s: %i messages cost no more than their budget %s", async (pace, messages) => {
  const { totals, methods, redelivered, seconds } = await costOf(pace, messages);
  const over = Object.entries(MESSAGE_BUDGET).flatMap(([name, ceilings]) => {
    // A record whose lease a busy machine let expire costs as much again.
    const limit = most(pace, ceilings[pace], messages, seconds) + ceilings.alone * redelivered;
    const total = totals[name as Counter];
    // Not `>`, which nothing exceeds that is not a number.
    return total <= limit ? [] : [`${name}: ${total}, more than ${limit}`];
  });
  expect(over).toEqual([]);
  expect(methods).toEqual(CALLS);
});
