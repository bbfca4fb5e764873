import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { protos as firestoreProtos } from "@google-cloud/firestore-api";
import { protos as pubsubProtos } from "@google-cloud/pubsub";
import { Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, expect, it } from "@jest/globals";
import { sharedFirestoreEmulator, sharedPubSubEmulator, uniqueName } from "../servers/index.ts";
import { NO_FAULTS } from "./google-faults.ts";
import { type GoogleStandIn, startGoogleStandIn } from "./google-stand-in.ts";
import { asItIs } from "./pass-on.ts";

const { v1: pubsub } = pubsubProtos.google.pubsub;
const { v1: firestore } = firestoreProtos.google.firestore;
const DEADLINE_MS = 60_000;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Options = Omit<Parameters<typeof startGoogleStandIn>[0], "pubsub" | "firestore">;

async function start(options: Options = {}): Promise<GoogleStandIn> {
  const [pubsub, firestore] = await Promise.all([sharedPubSubEmulator(), sharedFirestoreEmulator()]);
  const google = await startGoogleStandIn({ pubsub, firestore, ...options });
  closing.push(() => google.close());
  return google;
}

async function token(google: GoogleStandIn): Promise<string> {
  const url = `http://${google.env().GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/token`;
  const response = await fetch(url, { headers: { "Metadata-Flavor": "Google" } });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** A client that sends bytes with the headers that a test chooses. */
async function newClient(google: GoogleStandIn, headers: Record<string, string> = {}) {
  const tls = credentials.createSsl(Buffer.from(google.ca));
  const client = new Client(`localhost:${google.port}`, tls, { "grpc.max_send_message_length": -1 });
  closing.push(() => client.close());
  const all = { authorization: `Bearer ${await token(google)}`, ...headers };
  const metadata = () => {
    const made = new Metadata();
    for (const [name, value] of Object.entries(all)) made.set(name, value);
    return made;
  };
  return {
    /** @returns the status */
    call(path: string, request: Uint8Array, deadlineMs = DEADLINE_MS): Promise<Partial<ServiceError>> {
      const { promise, resolve } = Promise.withResolvers<Partial<ServiceError>>();
      const options = deadlineMs === 0 ? {} : { deadline: Date.now() + deadlineMs };
      const bytes = Buffer.from(request);
      client.makeUnaryRequest(`/google.${path}`, asItIs, asItIs, bytes, metadata(), options, (error) =>
        resolve(error ?? { code: status.OK }),
      );
      return promise;
    },
    stream(path: string) {
      const options = { deadline: Date.now() + DEADLINE_MS };
      return client.makeBidiStreamRequest(`/google.${path}`, asItIs, asItIs, metadata(), options);
    },
  };
}

const COMMIT = "firestore.v1.Firestore/Commit";
const PUBLISH = "pubsub.v1.Publisher/Publish";

function commitTo(database: string, bytes = 0): Uint8Array {
  const name = `${database}/documents/a/${uniqueName("d")}`;
  const update = { name, fields: { value: { bytesValue: Buffer.alloc(bytes) } } };
  return firestore.CommitRequest.encode({ database, writes: [{ update }] }).finish();
}

function publishTo(topic: string, messages = 1): Uint8Array {
  const message = { data: Buffer.from("{}") };
  return pubsub.PublishRequest.encode({ topic, messages: Array(messages).fill(message) }).finish();
}

const newDatabase = (id: string) => `projects/${uniqueName()}/databases/${id}`;

/** A topic with a subscription. */
async function provision(google: GoogleStandIn) {
  const project = `projects/${uniqueName()}`;
  const [topic, subscription] = [`${project}/topics/t12`, `${project}/subscriptions/s12`];
  const { call } = await newClient(google);
  await call("pubsub.v1.Publisher/CreateTopic", pubsub.Topic.encode({ name: topic }).finish());
  const request = pubsub.Subscription.encode({ name: subscription, topic }).finish();
  expect(await call("pubsub.v1.Subscriber/CreateSubscription", request)).toEqual({ code: status.OK });
  return { topic, subscription };
}

/** Opens a streaming pull. @returns what it has received */
function pull(client: Awaited<ReturnType<typeof newClient>>, subscription: string) {
  const stream = client.stream("pubsub.v1.Subscriber/StreamingPull");
  const received: Uint8Array[] = [];
  const ended = new Promise<Partial<ServiceError>>((resolve) => stream.on("status", resolve));
  stream
    .on("error", () => {})
    .on("data", (bytes: Buffer) => {
      const { receivedMessages } = pubsub.StreamingPullResponse.decode(bytes);
      received.push(...receivedMessages.map(({ message }) => message?.data as Uint8Array));
    });
  const first = { subscription, streamAckDeadlineSeconds: 10 };
  stream.write(Buffer.from(pubsub.StreamingPullRequest.encode(first).finish()));
  return { received, ended, close: () => stream.cancel() };
}

it.each([
  ["no token", ""],
  ["an unknown token", "Bearer ya29.unknown"],
])("refuses %s", async (_, authorization) => {
  const { call } = await newClient(await start(), { authorization });
  expect(await call(COMMIT, commitTo(newDatabase("(default)")))).toMatchObject({
    code: status.UNAUTHENTICATED,
  });
});

it("refuses a token that has expired", async () => {
  const { call } = await newClient(await start({ tokenMs: -60_000 }));
  expect((await call(COMMIT, commitTo(newDatabase("(default)")))).code).toBe(status.UNAUTHENTICATED);
});

it("refuses what an identity may not do, once that is switched on", async () => {
  const google = await start();
  const { call } = await newClient(google);
  const database = newDatabase("(default)");
  expect((await call(COMMIT, commitTo(database))).code).toBe(status.OK);
  google.deny(["Commit"]);
  expect((await call(COMMIT, commitTo(database))).code).toBe(status.PERMISSION_DENIED);
});

it("refuses a call without a deadline", async () => {
  const { call } = await newClient(await start());
  const { code, details } = await call(COMMIT, commitTo(newDatabase("(default)")), 0);
  expect({ code, details }).toEqual({ code: status.INVALID_ARGUMENT, details: "The call has no deadline." });
});

it("routes calls to a named database by its own headers alone", async () => {
  const google = await start();
  const database = newDatabase("named");
  const [, project] = database.split("/");
  const answer = async (headers: Record<string, string>, to = database) => {
    const { call } = await newClient(google, headers);
    return await call(COMMIT, commitTo(to));
  };
  const encoded = encodeURIComponent(database);
  expect(await answer({ "x-goog-request-params": `database=${encoded}` })).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: `Invalid request routing header database=${encoded}. Please fill in the request header with format x-goog-request-params:project_id=${project}&database_id=named`,
  });
  expect((await answer({})).details).toMatch(/^Missing routing header/);
  const params = { "x-goog-request-params": `project_id=${project}&database_id=named` };
  for (const headers of [params, { "google-cloud-resource-prefix": database }]) {
    expect((await answer(headers)).code).toBe(status.OK);
  }
  expect((await answer(params, newDatabase("named"))).code).toBe(status.INVALID_ARGUMENT);
});

it("refuses what is larger than Google takes", async () => {
  const google = await start();
  const { call } = await newClient(google);
  const { topic } = await provision(google);
  const tooLarge = await call(COMMIT, commitTo(newDatabase("(default)"), 10 * 1024 * 1024));
  expect(tooLarge).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: "Request payload size exceeds the limit: 10485760 bytes.",
  });
  expect((await call(PUBLISH, publishTo(topic, 1_001))).code).toBe(status.INVALID_ARGUMENT);
  expect((await call(PUBLISH, publishTo(topic, 1_000))).code).toBe(status.OK);
});

it("takes 100 streams on a connection, and sends it away after a while", async () => {
  const google = await start({ connectionMs: 500 });
  const session: ClientHttp2Session = connect(`https://localhost:${google.port}`, { ca: google.ca });
  const goaway = once(session, "goaway");
  await once(session, "remoteSettings");
  expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
  const [code] = await goaway;
  expect(code).toBe(0);
  session.destroy();
});

it("passes a long answer on as a whole", async () => {
  const database = newDatabase("(default)");
  const documents = Array.from({ length: 300 }, (_, index) => `${database}/documents/a/${index}`);
  const client = await newClient(await start());
  const stream = client.stream("firestore.v1.Firestore/BatchGetDocuments");
  let answers = 0;
  stream.on("data", () => {
    answers += 1;
  });
  stream.write(Buffer.from(firestore.BatchGetDocumentsRequest.encode({ database, documents }).finish()));
  stream.end();
  await once(stream, "end");
  expect(answers).toBe(300);
});

it("ends a streaming pull after a while", async () => {
  const google = await start({ streamMs: 300 });
  const { subscription } = await provision(google);
  const client = await newClient(google);
  const { code } = await pull(client, subscription).ended;
  expect(code).toBe(status.UNAVAILABLE);
});

it.each([
  ["lost", /^The answer was lost/],
  ["dropped", /Connection dropped|ECONNRESET/],
] as const)("passes a call on and has its answer %s", async (fault, details) => {
  const whole = await start();
  const { topic, subscription } = await provision(whole);
  const { received, close } = pull(await newClient(whole), subscription);
  const faulty = await start({ faults: { ...NO_FAULTS, [fault]: 1 } });
  const { call } = await newClient(faulty);
  expect(await call(PUBLISH, publishTo(topic))).toMatchObject({
    code: status.UNAVAILABLE,
    details: expect.stringMatching(details),
  });
  await eventually(() => expect(received.length).toBeGreaterThan(0));
  close();
});

it("refuses a call without effect", async () => {
  const whole = await start();
  const { topic, subscription } = await provision(whole);
  const { received, close } = pull(await newClient(whole), subscription);
  const faulty = await start({ faults: { ...NO_FAULTS, refused: 1 } });
  const { call } = await newClient(faulty);
  expect((await call(PUBLISH, publishTo(topic))).code).toBe(status.RESOURCE_EXHAUSTED);
  // A message that follows arrives alone.
  expect((await (await newClient(whole)).call(PUBLISH, publishTo(topic))).code).toBe(status.OK);
  await eventually(() => expect(received).toHaveLength(1));
  close();
});
