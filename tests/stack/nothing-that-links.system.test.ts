import { randomBytes } from "node:crypto";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { MarkedCaller } from "@dumbwaiter/dev-env/observe/marked-caller";
import { type SpanCollector, startSpanCollector } from "@dumbwaiter/dev-env/observe/span-collector";
// Bare: the callers mark their headers and addresses, and send what is refused.
import { connectClient, type TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { sharedFirestoreEmulator, sharedPubSubEmulator, uniqueName } from "@dumbwaiter/dev-env/servers";
import { type RedisContents, watchRedis } from "@dumbwaiter/dev-env/servers/redis-contents";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { storedDocuments } from "@dumbwaiter/dev-env/stack/stored-documents";
import { type TopicTap, tapTopic } from "@dumbwaiter/dev-env/stack/topic-tap";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { refusedEvents, refusedHandshakes } from "./refused-events.ts";
import { brokenSends, REFUSED_CREDENTIALS, REFUSED_SENDS, type Refused } from "./refused-sends.ts";

/** Few enough to run into, and more than the other sends need. */
const SENDS = 60;
const REFUSED_KEYS = 8;

const ENV = {
  MAX_ENVELOPE_BYTES: String(64 * 1024),
  LOG_LEVEL: "trace",
  TRUST_PROXY: "1",
  OTEL_BSP_SCHEDULE_DELAY: "100",
  ...{ SEND_BURST: String(SENDS), SEND_RATE_PER_SECOND: "0.001" },
  ...{ NETWORK_SEND_BURST: String(SENDS), NETWORK_SEND_RATE_PER_SECOND: "0.001" },
  ...{ REFUSED_KEY_BURST: String(REFUSED_KEYS), REFUSED_KEY_RATE_PER_SECOND: "0.001" },
};

describe("a marked sender", () => {
  let collector: SpanCollector;
  let stack: Stack;
  let redis: RedisContents;
  let topics: TopicTap[];
  let bob: WireUser;
  let bobOnline: TestClient;
  const caller = new MarkedCaller();
  const accessKey = randomBytes(32);
  const codes = new Set<string>();
  const ids: Record<"identified" | "anonymous", string[]> = { identified: [], anonymous: [] };
  const overSockets: string[] = [];
  let token = "";

  beforeAll(async () => {
    const [pubsub, firestore] = await Promise.all([sharedPubSubEmulator(), sharedFirestoreEmulator()]);
    collector = await startSpanCollector();
    stack = await startStack({
      ...{ pubsub, firestore },
      env: { ...ENV, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
    });
    redis = await watchRedis(stack.redis.url);
    topics = await Promise.all(
      ["ingress", "push", "dead-letter"].map((topic) => tapTopic(stack, `dumbwaiter-${topic}`)),
    );
    const endpoints = { api: api(), realtime: realtime(), issuer: stack.issuer.url };
    bob = new WireUser("bob-who-receives", endpoints);
    const offline = bob.device("offline");
    await offline.httpClient().devices.register("offline", { push: { platform: "ios", token: "apns" } });
    await bob.httpClient().accessKey.set(accessKey.toString("base64"));
    bobOnline = await connectClient(realtime(), { token: await bob.token() });
    token = await new WireUser(caller.mark("sender"), endpoints).token();
    caller.marks.add("token", token);
    caller.marks.add("access key", accessKey, accessKey.toString("base64"));

    const withToken = { Authorization: `Bearer ${token}` };
    const withKey = { "Access-Key": accessKey.toString("base64") };
    await sendAll("identified", withToken);
    await sendAll("anonymous", withKey);
    await sendOverSockets();
    for (const [, make] of REFUSED_CREDENTIALS) await refuse(make(caller, bob));
    for (const way of [withToken, withKey]) await refuse({ code: "rate_limited", times: SENDS }, way);
    const accepted = [...ids.identified, ...ids.anonymous, ...overSockets];
    await eventually(() => expect(bobOnline.ids()).toEqual(expect.arrayContaining(accepted)));
    await eventually(() => {
      for (const id of accepted) expect(stepsOf(id)).toContain("process ingress");
    });
  });
  afterAll(async () => {
    bobOnline?.socket.disconnect();
    caller.agent.destroy();
    redis?.close();
    await stack?.stop();
    await collector?.close();
  });

  const api = () => stack.api[0]?.url as string;
  const realtime = () => stack.realtime[0]?.url as string;
  /** Each kind once: whether a message comes live, from the backlog or twice is up to its recipient's sockets. */
  const kindsOfSpans = (id: string) =>
    [
      ...new Set(
        collector.spansOf(id).map(({ name, attributes }) => {
          const { "messaging.message.id": _, "dumbwaiter.delivery.from": __, ...rest } = attributes;
          return JSON.stringify([name, rest]);
        }),
      ),
    ].sort();
  const stepsOf = (id: string) => collector.spansOf(id).map(({ name }) => name);
  const services = () => [...stack.api, ...stack.processor, ...stack.realtime];

  const logs = async () => (await Promise.all(services().map((each) => each.log(Infinity)))).join("\n");
  const metrics = async () =>
    (
      await Promise.all(services().map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text()))
    ).join("\n");

  /** Accepted sends, then each that is refused, and what is no HTTP at all. */
  async function sendAll(way: keyof typeof ids, credential: Record<string, string>): Promise<void> {
    for (const more of [{}, { priority: 7 }, { isEphemeral: true }]) {
      const body = JSON.stringify({ ...newEnvelope(bob), ...more });
      const { status, answer } = await caller.send(api(), { headers: credential, body });
      expect({ status, answer }).toEqual({ status: 202, answer: { id: expect.any(String) } });
      ids[way].push(answer.id);
    }
    for (const [, make] of REFUSED_SENDS) await refuse(make(caller, bob), credential);
    for (const { head, body } of brokenSends(caller, credential)) await caller.sendBroken(api(), head, body);
  }

  /** The same over sockets, with and without a token. Who has a socket is known to be connected, so this is another. */
  async function sendOverSockets(): Promise<void> {
    const carol = new WireUser("carol-on-a-socket", bob.endpoints);
    const options = { extraHeaders: caller.headers, agent: caller.agent as never };
    const key = { accessKey: accessKey.toString("base64") };
    const ways = [
      [{ token: await carol.token() }, {}],
      [{ anonymous: true }, key],
    ] as const;
    for (const [auth, sendOptions] of ways) {
      const { socket, request } = await connectClient(realtime(), auth, options);
      const { id } = await request("send", newEnvelope(bob), sendOptions);
      overSockets.push(String(id));
      for (const [code, event, ...args] of refusedEvents(caller, bob, sendOptions)) {
        expect((await request(event, ...args)).error?.code).toBe(code);
      }
      socket.disconnect();
    }
    for (const auth of refusedHandshakes(caller)) {
      await expect(connectClient(realtime(), auth, options)).rejects.toThrow();
    }
  }

  async function refuse({ code, times = 1, ...send }: Refused, credential = {}) {
    const attempt = { body: JSON.stringify(newEnvelope(bob)), ...send };
    let answered: unknown;
    for (let sent = 0; sent < times && answered !== code; sent += 1) {
      const headers = { ...credential, ...send.headers };
      answered = (await caller.send(api(), { ...attempt, headers })).answer.code;
    }
    expect(answered).toBe(code);
    codes.add(code);
  }

  it("is not in logs, which tell of each refusal", async () => {
    const log = await logs();
    for (const code of codes) expect(log).toContain(`"code":"${code}"`);
    expect(caller.marks.in(log)).toEqual([]);
  });

  it("is not in metrics, which count each refusal", async () => {
    const text = await metrics();
    for (const code of codes) {
      expect(text).toMatch(new RegExp(`dumbwaiter_api_refusals_total{code="${code}"[^}]*} [1-9]`));
    }
    expect(caller.marks.in(text)).toEqual([]);
  });

  it("is not in Redis: in no key, no value and no command", async () => {
    const commands = redis.commands().map((command) => command.join(" "));
    const stored = (await redis.stored()).map((pair) => pair.join(" "));
    for (const place of [commands, stored]) {
      expect(place.filter((text) => text.includes(bob.name))).not.toEqual([]);
      expect(place.flatMap((text) => caller.marks.in(text))).toEqual([]);
    }
  });

  it("is not in what is published: in no data and no attribute", async () => {
    let published: string[] = [];
    await eventually(async () => {
      const records = (await Promise.all(topics.map((topic) => topic.records()))).flat();
      published = records.map(({ data, attributes }) => JSON.stringify(attributes ?? {}) + atob(data));
      for (const id of [...ids.identified, ...ids.anonymous, ...overSockets]) {
        expect(published.filter((text) => text.includes(id))).not.toEqual([]);
      }
    });
    expect(published.flatMap((text) => caller.marks.in(text))).toEqual([]);
  });

  it("is not in Firestore, which has only the hash of the access key, at its owner", async () => {
    const documents = await storedDocuments(stack);
    const found = documents.map((document) => {
      const text = JSON.stringify(document);
      expect(text).not.toContain(accessKey.toString("base64"));
      return { name: document.name.split("/documents/")[1], marks: caller.marks.in(text) };
    });
    expect(found.length).toBeGreaterThan(4);
    expect(found.filter(({ marks }) => marks.length > 0)).toEqual([
      { name: `access-keys/u:${bob.name}`, marks: ["access key"] },
    ]);
  });

  it("is not in the spans", () => {
    expect(caller.marks.in(collector.exported())).toEqual([]);
  });

  it("leaves the same behind, whether identified or anonymous", async () => {
    const records = await (topics[0] as TopicTap).records();
    const documents = await storedDocuments(stack);
    const [identified, anonymous] = [ids.identified, ids.anonymous].map((sent) =>
      sent.map((id) => ({
        attributes: Object.keys(records.find(({ attributes }) => attributes?.id === id)?.attributes ?? {}),
        fields: documents
          .filter(({ name }) => name.endsWith(id))
          .map(({ fields }) => Object.keys(fields ?? {})),
      })),
    );
    expect(anonymous).toEqual(identified);
    expect(anonymous?.[0]?.attributes).toContain("recipient");
    expect(anonymous?.[0]?.fields).not.toEqual([]);
    // Services export their spans at different times.
    await eventually(() => {
      const [identifiedSpans, anonymousSpans] = [
        ids.identified.map(kindsOfSpans),
        ids.anonymous.map(kindsOfSpans),
      ];
      expect(anonymousSpans).toEqual(identifiedSpans);
      expect(anonymousSpans[0]).toHaveLength(4);
    });
  });

  it("counts and logs the same, whether identified or anonymous", async () => {
    const withKey = { "Access-Key": accessKey.toString("base64") };
    // What else happens in the meantime differs by chance. What comes of the way of sending would differ each time.
    await eventually(async () => {
      const alice = new WireUser(uniqueName("alice-who-counts"), bob.endpoints);
      const identified = await leftBySend({ Authorization: `Bearer ${await alice.token()}` });
      const anonymous = await leftBySend(withKey);
      expect(anonymous).toEqual(identified);
      expect(anonymous.counts).toContain('dumbwaiter_api_messages_accepted_total{service="api"}');
    });
  });

  /** The series that one accepted send changes and the lines that it logs, at the api. */
  async function leftBySend(headers: Record<string, string>) {
    const other = new MarkedCaller();
    const [before, linesBefore] = [await apiCounts(), await apiLines()];
    const { status } = await other.send(api(), { headers, body: JSON.stringify(newEnvelope(bob)) });
    other.agent.destroy();
    expect(status).toBe(202);
    const after = await apiCounts();
    return {
      counts: [...after].filter(([series, value]) => before.get(series) !== value).map(([series]) => series),
      log: (await apiLines()).slice(linesBefore.length).map(withoutIds),
    };
  }

  /** Of a message, and of the time. */
  const withoutIds = (line: string) => line.replace(/"(time|id|trace_id)":"[^"]+"/g, "$1");

  const apiLines = async () => (await stack.api[0]?.log(Infinity))?.split("\n") ?? [];

  /** Series that count calls, without those of times and of the process itself. */
  async function apiCounts(): Promise<Map<string, string>> {
    const text = await (await fetch(`${stack.api[0]?.adminUrl}/metrics`)).text();
    const samples = text.split("\n").filter((line) => /^dumbwaiter_(?!nodejs|process)/.test(line));
    return new Map(
      samples
        .filter((line) => !/_(bucket|sum)\{/.test(line))
        .map((line) => line.split(/ (?=\S+$)/) as [string, string]),
    );
  }
});
