import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { MarkedCaller } from "@dumbwaiter/dev-env/observe/marked-caller";
import { type SpanCollector, startSpanCollector } from "@dumbwaiter/dev-env/observe/span-collector";
// Bare: the sender marks its headers, and another user acknowledges what is not its own.
import { connectClient, type TestClient } from "@dumbwaiter/dev-env/observe/test-client";
import { sharedFirestoreEmulator, sharedPubSubEmulator } from "@dumbwaiter/dev-env/servers";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { temporaryDirectory } from "@dumbwaiter/sqlite/testing/temporary-store";
import { newEnvelope } from "@dumbwaiter/wire-user";
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";

const CLI = join(import.meta.dirname, "../../packages/cli/src/main.ts");

/** Names of devices that can be found again. */
const LIVE = "device-live-7c1d";
const LATER = "device-later-7c1d";
const PULLING = "device-pulling-7c1d";
const REMOVED = "device-removed-7c1d";

const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5];

describe("one message, from its acceptance to its end on each device", () => {
  let collector: SpanCollector;
  let stack: Stack;
  let bob: BareUser;
  let id: string;
  const clients: TestClient[] = [];
  const caller = new MarkedCaller();

  beforeAll(async () => {
    const [pubsub, firestore] = await Promise.all([sharedPubSubEmulator(), sharedFirestoreEmulator()]);
    collector = await startSpanCollector();
    stack = await startStack({
      ...{ pubsub, firestore },
      env: {
        LOG_LEVEL: "debug",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_SCHEDULE_DELAY: "100",
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "1",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,team=m%20b",
      },
    });
    const [api, realtime] = [stack.api[0]?.url as string, stack.realtime[0]?.url as string];
    const endpoints = { api, realtime, issuer: stack.issuer.url };
    bob = new BareUser("bob-who-receives", endpoints);
    const connect = async (device: string) => {
      const client = await connectClient(realtime, { token: await bob.token(), deviceId: device });
      clients.push(client);
      return client;
    };
    for (const device of [LATER, PULLING, REMOVED]) {
      await bob.device(device).call("PUT", `/api/devices/${device}`, {}, { "X-Device-Id": device });
    }
    const live = await connect(LIVE);
    await eventually(() => expect(live.emptied()).toBe(1));

    const token = await new BareUser(caller.mark("sender"), endpoints).token();
    caller.marks.add("token", token);
    const sent = await caller.send(api, {
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(newEnvelope(bob)),
    });
    expect(sent.status).toBe(202);
    id = sent.answer.id;
    await eventually(() => expect(live.ids()).toEqual([id]));

    // Who does not have it cannot make it look acknowledged.
    const eve = new BareUser(caller.mark("acknowledger"), endpoints);
    await eve.call("GET", "/api/messages");
    expect((await eve.call("POST", "/api/messages/ack", { messageIds: [id] })).status).toBe(204);

    expect(await live.ack([id])).toMatchObject({ ok: true });
    const later = await connect(LATER);
    await eventually(() => expect(later.ids()).toEqual([id]));
    expect(await later.ack([id])).toMatchObject({ ok: true });
    const pulling = bob.device(PULLING);
    const header = { "X-Device-Id": PULLING };
    await pulling.call("GET", "/api/messages", undefined, header);
    await pulling.call("POST", "/api/messages/ack", { messageIds: [id] }, header);
    await bob.call("DELETE", `/api/devices/${REMOVED}`);
    await eventually(() => expect(collector.spansOf(id)).toHaveLength(9));
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.disconnect();
    caller.agent.destroy();
    await stack?.stop();
    await collector?.close();
  });

  const spans = () => collector.spansOf(id);

  it("leaves a span for each step, all in the trace that its ID names, below the first", () => {
    const root = spans().find(({ name }) => name === "send ingress");
    const steps = spans().map(({ name, kind, parentSpanId, resource, hasFailed }) => {
      expect(parentSpanId).toBe(name === root?.name ? "" : root?.spanId);
      expect(hasFailed).toBe(false);
      return [String(resource["service.name"]).replace("dumbwaiter-", ""), name, kind];
    });
    expect(steps.sort()).toEqual([
      ["api", "ack queue", SERVER],
      ["api", "pull queue", SERVER],
      ["api", "send ingress", PRODUCER],
      ["processor", "process ingress", CONSUMER],
      ["processor", "store queue", CLIENT],
      ["realtime", "ack queue", SERVER],
      ["realtime", "ack queue", SERVER],
      ["realtime", "deliver queue", PRODUCER],
      ["realtime", "deliver queue", PRODUCER],
    ]);
    expect(new Set(spans().map(({ traceId }) => traceId))).toEqual(new Set([id.replaceAll("-", "")]));
    const from = spans().map(({ attributes }) => attributes["dumbwaiter.delivery.from"]);
    expect(from.filter(Boolean).sort()).toEqual(["backlog", "live"]);
  });

  it("has attributes by OpenTelemetry's conventions, and of the HTTP request where there was one", () => {
    const known = new Set(Object.values(conventions).filter((value) => typeof value === "string"));
    for (const { attributes, resource } of spans()) {
      for (const name of Object.keys(attributes)) {
        if (!name.startsWith("dumbwaiter.")) expect(known).toContain(name);
      }
      expect(resource).toEqual({
        [conventions.ATTR_SERVICE_NAME]: expect.stringMatching(/^dumbwaiter-(api|processor|realtime)$/),
        [conventions.ATTR_SERVICE_VERSION]: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        [conventions.ATTR_SERVICE_INSTANCE_ID]: expect.any(String),
        "deployment.environment.name": "test",
        team: "m b",
      });
      expect(attributes).toMatchObject({ [conventions.ATTR_MESSAGING_SYSTEM]: "dumbwaiter" });
    }
    const ofApi = spans().filter(({ resource }) => resource["service.name"] === "dumbwaiter-api");
    const calls = ofApi.map(({ attributes }) => [
      attributes[conventions.ATTR_HTTP_REQUEST_METHOD],
      attributes[conventions.ATTR_HTTP_ROUTE],
      attributes[conventions.ATTR_HTTP_RESPONSE_STATUS_CODE],
      attributes[conventions.ATTR_MESSAGING_OPERATION_TYPE],
    ]);
    expect(calls.sort()).toEqual([
      ["GET", "/api/messages", 200, conventions.MESSAGING_OPERATION_TYPE_VALUE_RECEIVE],
      ["POST", "/api/messages/ack", 204, conventions.MESSAGING_OPERATION_TYPE_VALUE_SETTLE],
      ["POST", "/api/send", 202, conventions.MESSAGING_OPERATION_TYPE_VALUE_SEND],
    ]);
  });

  it("tells no sender, no recipient and no device in its trace", () => {
    const exported = collector.exported();
    expect(caller.marks.in(exported)).toEqual([]);
    for (const text of [bob.name, LIVE, LATER, PULLING, REMOVED]) {
      expect(exported.includes(text)).toBe(false);
    }
  });

  it("is told to its end by `dumbwaiter where`, from the log at the level debug", async () => {
    const services = [...stack.api, ...stack.processor, ...stack.realtime];
    const log = join(await temporaryDirectory(), "services.log");
    const text = (await Promise.all(services.map((each) => each.log(Infinity)))).join("\n");
    expect(caller.marks.in(text)).toEqual([]);
    await writeFile(log, text);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [CLI, "where", bob.name, id, "--log", log, "--json", "--no-dead-letters"],
      { env: { ...process.env, ...stack.env } },
    );
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ state: "ended", traceId: id.replaceAll("-", "") });
    const ends = found.queues.map((queue: Record<string, string>) => [
      queue.device,
      queue.end,
      Date.parse(queue.endedAt ?? "") <= Date.now(),
    ]);
    expect(ends.sort()).toEqual([
      [LATER, "acknowledged", true],
      [LIVE, "acknowledged", true],
      [PULLING, "acknowledged", true],
      [REMOVED, "device-removed", false],
    ]);
    const told = found.log.map(({ message }: { message: string }) => message);
    for (const step of ["accepted", "processed", "stored", "delivered", "pulled", "acknowledged"]) {
      expect(told).toContain(`message ${step}`);
    }
  });
});
