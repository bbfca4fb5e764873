import { newMessageId } from "@dumbwaiter/core";
import { testClock } from "@dumbwaiter/core/contracts/samples";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { KEY, rawAnswer, sendAnonymously, setAccessKey, WRONG_KEY } from "../../testing/anonymous-send.ts";
import { expectProblem } from "../../testing/expect-problem.ts";
import { ALICE, BOB, ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";

const NEW_KEY = Buffer.alloc(32, "new key").toString("base64");
const clock = testClock();

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    dependencies: { clock },
    settings: { allowedOrigins: ["https://app.example"] },
  });
});
afterAll(() => api.close());
beforeEach(() => setAccessKey(api));
afterEach(async () => {
  api.published.length = 0;
  await api.removeUsers(ALICE, BOB);
});

const idOf = async (answer: Promise<Response>) => ((await (await answer).json()) as { id: string }).id;

describe("POST /api/send with the recipient's access key", () => {
  it("responds as to anybody, and publishes what it would for anybody", async () => {
    const unknown = await sendAnonymously(api);
    const known = await api.call("POST", "/api/send", { body: ENVELOPE });
    expect([unknown.status, known.status]).toEqual([202, 202]);
    const timeless = ({ headers }: Response) => [...headers].filter(([name]) => name !== "date");
    expect(timeless(unknown)).toEqual(timeless(known));
    const { id } = (await unknown.json()) as { id: string };
    expect(api.published[0]?.attributes.id).toBe(id);
    const [one, other] = api.published.map(({ data, attributes }) => {
      const { id: _id, acceptedAt: _acceptedAt, ...same } = attributes;
      return { data: String(data), ...same };
    });
    expect(one).toEqual(other);
  });

  it("takes it from a page of an allowed origin, which may ask for the header", async () => {
    const origin = "https://app.example";
    const asked = await api.call("OPTIONS", "/api/send", {
      token: null,
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(asked.headers.get("access-control-allow-headers")?.split(",")).toContain("Access-Key");
    expect((await sendAnonymously(api, { headers: { origin } })).status).toBe(202);
    await expectProblem(
      await sendAnonymously(api, { headers: { origin: "https://evil.example" } }),
      "origin_refused",
    );
  });

  it("gives a retry the same id, and no other message, sender or access key that id", async () => {
    const headers = { "idempotency-key": newMessageId(Date.now()) };
    const id = await idOf(sendAnonymously(api, { headers }));
    expect(await idOf(sendAnonymously(api, { headers }))).toBe(id);
    expect(id.slice(0, 13)).toBe(headers["idempotency-key"].slice(0, 13));
    const other = { ...ENVELOPE, encryptedData: "AAAA" };
    const others = [
      await idOf(sendAnonymously(api, { headers, body: other })),
      await idOf(api.call("POST", "/api/send", { headers, body: ENVELOPE })),
    ];
    await setAccessKey(api, NEW_KEY);
    others.push(await idOf(sendAnonymously(api, { headers, key: NEW_KEY })));
    await setAccessKey(api, KEY, "alice");
    others.push(await idOf(sendAnonymously(api, { headers, recipient: "alice" })));
    expect(new Set([id, ...others]).size).toBe(5);
  });

  it("costs one read of the key for many sends of one moment, and none for the next", async () => {
    api.calls();
    const answers = await Promise.all(Array.from({ length: 40 }, () => sendAnonymously(api)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    await sendAnonymously(api);
    const calls = api.calls();
    expect(calls.filter((call) => call === "accessKeys.lookup")).toHaveLength(1);
    expect(calls.filter((call) => !/^(accessKeys|buckets|ingress)\./.test(call))).toEqual([]);
  });

  it("neither publishes, logs nor counts the key, its hash, or where it came from", async () => {
    api.log();
    const marks = {
      "x-forwarded-for": "203.0.113.77",
      "user-agent": "marked-agent/1",
      "x-device-id": "marked",
    };
    await sendAnonymously(api, { headers: marks });
    await sendAnonymously(api, { headers: marks, key: WRONG_KEY });
    await sendAnonymously(api, { headers: marks, body: { ...ENVELOPE, more: 1 } });
    const published = api.published.map(({ data, attributes }) => String(data) + JSON.stringify(attributes));
    for (const text of [...published, api.log(), await api.registry.metrics()]) {
      expect(text).not.toMatch(/marked|203\.0\.113|127\.0\.0\.1/);
      for (const key of [KEY, WRONG_KEY]) expect(text).not.toContain(key.slice(0, 12));
    }
  });
});

describe("an access key that is refused", () => {
  const recipients = ["bob", "carol", "nobody"];

  it("answers byte for byte the same, after the same calls, for a wrong key, no key and no user", async () => {
    // Carol has a device and no key; Bob has both, and somebody has just sent to him.
    await api.queue(BOB, "phone", []);
    await api.call("PUT", "/api/devices/phone", { token: await api.token({ sub: "carol" }) });
    expect((await sendAnonymously(api)).status).toBe(202);
    const headers = { "access-key": WRONG_KEY, "content-type": "application/json", connection: "close" };
    const answers: string[] = [];
    const calls: string[][] = [];
    api.calls();
    for (const recipient of [...recipients, ...recipients]) {
      const body = JSON.stringify({ ...ENVELOPE, recipientId: `urn:sm:user:${recipient}` });
      answers.push(await rawAnswer(api.url, headers, body));
      calls.push(api.calls());
    }
    expect(answers[0]).toMatch(/^401\nUnauthorized\n.*\nWWW-Authenticate\nBearer\n.*access_key_refused/s);
    expect(new Set(answers).size).toBe(1);
    expect(calls[0]?.toSorted()).toEqual(["accessKeys.lookup", "buckets.take", "buckets.take"]);
    for (const each of calls) expect(each).toEqual(calls[0]);
  });

  it("gets the one answer also once its network has tried too many", async () => {
    const limited = await startTestApi({ limits: { refusedKeyBurst: 1, refusedKeyRatePerSecond: 0.001 } });
    try {
      await setAccessKey(limited);
      const tries = async () => {
        const answers = recipients.map((recipient) =>
          sendAnonymously(limited, { recipient, key: WRONG_KEY }),
        );
        return Promise.all((await Promise.all(answers)).map((each) => each.text()));
      };
      let last = await tries();
      for (let time = 0; time < 30 && !last.every((text) => text.includes("rate_limited")); time += 1) {
        last = await tries();
      }
      expect(new Set(last).size).toBe(1);
      expect(last[0]).toContain("rate_limited");
      expect((await sendAnonymously(limited)).status).toBe(202);
    } finally {
      await limited.close();
    }
  });

  it("is refused by every process within 10 s of its being replaced, and the new one works at once", async () => {
    const processes = [api.url, await api.startAnother()];
    const statuses = (key: string) =>
      Promise.all(processes.map(async (at) => (await sendAnonymously(api, { at, key })).status));
    expect(await statuses(KEY)).toEqual([202, 202]);
    await setAccessKey(api, NEW_KEY);
    clock.advance(9_000);
    expect(await statuses(KEY)).toEqual([401, 401]);
    expect(await statuses(NEW_KEY)).toEqual([202, 202]);
    await api.removeUsers(BOB);
    clock.advance(9_000);
    expect(await statuses(NEW_KEY)).toEqual([401, 401]);
  });
});
