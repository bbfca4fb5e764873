import { execFile } from "node:child_process";
import { once } from "node:events";
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  DAY_MS,
  type DeviceId,
  type DeviceRegistry,
  type MessageId,
  type MessageQueues,
  newMessageId,
  type UserId,
} from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts";
import { freshUser, sampleMessage } from "@dumbwaiter/core/contracts/samples";
import {
  EMULATOR_TIMEOUT_MS,
  sharedFirestoreEmulator,
  sharedPubSubEmulator,
  uniqueName,
} from "@dumbwaiter/dev-env/servers";
import { openFirestore, openPubSub, provisionPubSub } from "@dumbwaiter/gcp";
import { STEP_LINES } from "@dumbwaiter/service/message-lines";
import { openSqliteStore } from "@dumbwaiter/sqlite";
import { temporaryDirectory } from "@dumbwaiter/sqlite/testing/temporary-store";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { dumbwaiter, startDumbwaiter } from "../../testing/run-dumbwaiter.ts";

/** For several processes that load Google's clients, perhaps on a busy machine. */
const TIMEOUT_MS = 400_000;

const ACCEPTED_AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const TTL = { clock: { now: Date.now }, messageTtlMs: 30 * DAY_MS, maxDevices: 10 };

interface Opened {
  readonly queues: MessageQueues;
  readonly devices: DeviceRegistry;
  readonly env: Readonly<Record<string, string>>;
  giveUp(id: MessageId): Promise<void>;
  close(): Promise<void>;
}

async function google(): Promise<Opened> {
  const [firestoreHost, pubsubHost] = [
    (await sharedFirestoreEmulator()).url,
    (await sharedPubSubEmulator()).url,
  ];
  const [projectId, collectionPrefix] = [uniqueName(), "shop."];
  await provisionPubSub({ projectId, emulatorHost: pubsubHost });
  const pubsub = openPubSub({ projectId, emulatorHost: pubsubHost });
  const firestore = openFirestore({
    ...{ projectId, databaseId: "(default)", collectionPrefix, emulatorHost: firestoreHost, ...TTL },
    timeoutMs: EMULATOR_TIMEOUT_MS,
  });
  return {
    ...firestore,
    env: {
      GOOGLE_CLOUD_PROJECT: projectId,
      FIRESTORE_COLLECTION_PREFIX: collectionPrefix,
      FIRESTORE_EMULATOR_HOST: firestoreHost,
      PUBSUB_EMULATOR_HOST: pubsubHost,
    },
    giveUp: (id) => pubsub.deadLetters.put(letterOf(id)),
    async close() {
      await Promise.all([firestore.close(), pubsub.close()]);
    },
  };
}

async function sqlite(): Promise<Opened> {
  const dataDir = await temporaryDirectory();
  const store = await openSqliteStore({ ...TTL, dataDir });
  return {
    ...store,
    env: { DATA_DIR: dataDir },
    giveUp: (id) => store.deadLetters.put(letterOf(id)),
    async close() {
      await store.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

function letterOf(id: MessageId) {
  const record = { data: Buffer.from("secret"), attributes: { id } };
  return { record, code: "too_large", reason: "it is too large" } as const;
}

describe.each([
  ["Firestore and Pub/Sub", google, "unknown"],
  ["SQLite", sqlite, "absent"],
] as const)("dumbwaiter where, on %s", (_name, open, ingress) => {
  let stores: Opened;
  beforeAll(async () => {
    stores = await open();
  });
  afterAll(() => stores.close());

  async function where(user: UserId, id: MessageId) {
    const { stdout, stderr, exitCode } = await dumbwaiter(["where", user, id, "--json"], { env: stores.env });
    if (stdout === "") throw new Error(stderr);
    return { exitCode, ...JSON.parse(stdout) };
  }

  it(
    "names the devices whose queues hold the message, until they acknowledge it",
    async () => {
      const user = freshUser();
      const message = { ...sampleMessage(), id: newMessageId(ACCEPTED_AT) };
      const addresses = await Promise.all(
        ["phone", "tablet"].map(async (device) => {
          const { queue } = await stores.devices.register({ user, device: device as DeviceId });
          return { user, queue };
        }),
      );
      const before = Date.now();
      await stores.queues.store([{ ...message, queues: addresses }]);
      const [phone, tablet] = addresses as [(typeof addresses)[0], (typeof addresses)[0]];
      await stores.queues.delete(tablet, [message.id]);
      const found = await where(user, message.id);
      expect(found).toEqual({
        exitCode: 0,
        id: message.id,
        user: `urn:sm:user:${user}`,
        state: "queued",
        idTime: "2026-01-02T03:04:05.006Z",
        traceId: message.id.replaceAll("-", ""),
        ingress,
        queues: [
          { device: "phone", queue: phone.queue, storedAt: expect.any(String) },
          { device: "tablet", queue: tablet.queue, storedAt: null },
        ],
        deadLetters: null,
      });
      const storedAt = Date.parse(found.queues[0].storedAt);
      expect(storedAt).toBeGreaterThanOrEqual(before - 1000);
      expect(storedAt).toBeLessThanOrEqual(Date.now() + 1000);

      const { stdout } = await dumbwaiter(["where", `urn:sm:user:${user}`, message.id], { env: stores.env });
      expect(stdout).toMatch(/^device phone +queued since 20\S+Z, not acknowledged$/m);
      expect(stdout).toMatch(/^device tablet +not queued: acknowledged/m);

      await stores.queues.delete(phone, [message.id]);
      expect(await where(user, message.id)).toMatchObject({
        exitCode: 5,
        state: "gone",
        ingress,
        deadLetters: [],
      });
    },
    TIMEOUT_MS,
  );

  it(
    "finds the message of a user without devices",
    async () => {
      const [user, message] = [freshUser(), sampleMessage()];
      const queue = { user, queue: "default" as never };
      expect(await where(user, message.id)).toMatchObject({
        state: "gone",
        queues: [{ device: null, queue: "default", storedAt: null }],
      });
      await stores.queues.store([{ ...message, queues: [queue] }]);
      expect(await where(user, message.id)).toMatchObject({
        state: "queued",
        queues: [{ device: null, queue: "default", storedAt: expect.any(String) }],
      });
      expect(await where(freshUser(), message.id)).toMatchObject({ exitCode: 5, state: "gone" });
    },
    TIMEOUT_MS,
  );

  it("finds a dead letter, with its reason and without its content", async () => {
    const [user, { id }] = [freshUser(), sampleMessage()];
    await stores.giveUp(id);
    // Pub/Sub's emulator may take longer than the command waits for a letter.
    await eventually(async () => {
      expect(await where(user, id)).toMatchObject({
        exitCode: 0,
        state: "dead-letter",
        deadLetters: [{ messageId: id, code: "too_large", reason: "it is too large" }],
      });
    }, 100_000);
    const { stdout, stderr, exitCode } = await dumbwaiter(["where", user, id, "--no-dead-letters"], {
      env: stores.env,
    });
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/^Its trace tells more\..* --log FILE.*\n/);
    expect(stderr).toContain(`error: Message ${id} is in no store of urn:sm:user:${user}\n`);
    expect(stdout).toMatch(/^state +gone: in no store/m);
    expect(stdout).not.toContain("secret");
  });
});

describe("dumbwaiter where", () => {
  it("knows what waits on the ingress of an embedded process", async () => {
    const stores = await sqlite();
    try {
      const [user, { id }] = [freshUser(), sampleMessage()];
      const publisher = (stores as unknown as Awaited<ReturnType<typeof openSqliteStore>>).ingressPublisher;
      await publisher.publish({ data: Buffer.from("secret"), attributes: { id } });
      const { exitCode, stdout } = await dumbwaiter(["where", user, id], { env: stores.env });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/^state +accepted: .*\n.*\ntrace .*\ningress +it waits here$/m);
    } finally {
      await stores.close();
    }
  });

  it("tells from a log, also one of Cloud Logging, how a message ended, and what it cannot read", async () => {
    const stores = await sqlite();
    try {
      const [user, { id }] = [freshUser(), sampleMessage()];
      const { queue } = await stores.devices.register({ user, device: "phone" as DeviceId });
      const time = "2026-01-02T03:04:05.006Z";
      const lines = [
        { time, service: "processor", id, queues: [{ device: "phone", queue }], msg: STEP_LINES.store },
        { time, service: "api", id, device: "phone", message: STEP_LINES.ack },
        { time, service: "api", id: newMessageId(0), device: "phone", msg: STEP_LINES.ack },
      ].map((line) => JSON.stringify(line));
      const stdin = ["not JSON", `{"id":"${id}"}`, `[pod/api-1/api] ${lines[1]}`, lines[0], lines[2]].join(
        "\n",
      );
      const env = stores.env;
      const ended = await dumbwaiter(["where", user, id, "--log", "-"], { env, stdin });
      expect(ended.exitCode).toBe(0);
      expect(ended.stdout).toMatch(/^state +ended: /m);
      expect(ended.stdout).toMatch(new RegExp(`^device phone +acknowledged at ${time}$`, "m"));
      expect(ended.stdout).toMatch(/^log +\S+ api: message acknowledged \(device phone\)$/m);

      const half = await dumbwaiter(["where", user, id, "--log", "-"], { env, stdin: lines[0] as string });
      expect(half.exitCode).toBe(5);
      expect(half.stdout).toMatch(/^state +gone: /m);
      expect(half.stdout).toMatch(
        /^device phone +not acknowledged in this log; would have expired on 2026-02-01T03:04:05.006Z$/m,
      );
      const none = await dumbwaiter(["where", user, id, "--log", "/nowhere"], { env });
      expect([none.exitCode, none.stdout]).toEqual([2, ""]);
    } finally {
      await stores.close();
    }
  });

  it("leaves no copy of the database when it is stopped, even twice", async () => {
    const [dataDir, copies] = [await temporaryDirectory(), await temporaryDirectory()];
    await (await openSqliteStore({ ...TTL, dataDir })).close();
    // Who copies a pipe waits until somebody opens it for writing.
    const log = join(dataDir, "dumbwaiter.sqlite-wal");
    await rm(log, { force: true });
    await promisify(execFile)("mkfifo", [log]);
    const args = ["where", "bob", newMessageId(0), "--data-dir", dataDir];
    const child = startDumbwaiter(args, { env: { TMPDIR: copies } });
    try {
      const ended = once(child, "close");
      await eventually(async () => {
        expect(await readdir(copies, { recursive: true })).toContainEqual(expect.stringMatching(/\.sqlite$/));
      });
      for (let signals = 0; signals < 2; signals += 1) child.kill("SIGTERM");
      const writing = await open(log, "r+");
      expect(await ended).toEqual([1, null]);
      await writing.close();
      expect(await readdir(copies)).toEqual([]);
    } finally {
      child.kill("SIGKILL");
      for (const directory of [dataDir, copies]) await rm(directory, { recursive: true });
    }
  });

  it.each([
    [["where", "bob", "1"], {}, "Not a message ID, which is a UUIDv7: 1"],
    [["where", "..", newMessageId(0)], {}, "Not a user: .."],
    [
      ["where", "bob", newMessageId(0), "--data-dir", "/nowhere"],
      {},
      "There is no database in the directory",
    ],
    [["where", "bob", newMessageId(0)], { GOOGLE_CLOUD_PROJECT: "a b" }, "must be a Google Cloud project ID"],
  ])("refuses %j with %j as wrong usage", async (args, env, reason) => {
    const { exitCode, stdout, stderr } = await dumbwaiter(args, { env });
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
  });
});
