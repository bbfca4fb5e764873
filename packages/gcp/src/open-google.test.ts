import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { UnavailableError } from "@dumbwaiter/core";
import { eventually, freshQueue, sampleRequests } from "@dumbwaiter/core/contracts";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import {
  createDependencyStates,
  createLifecycle,
  createLogger,
  createMetricsRegistry,
  Health,
  type Lifecycle,
} from "@dumbwaiter/service";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startRefusingServer } from "../testing/refusing-server.ts";
import { openGoogle } from "./open-google.ts";

const CREDENTIALS = ["GOOGLE_APPLICATION_CREDENTIALS", "GCE_METADATA_HOST", "METADATA_SERVER_DETECTION"];
const FAULTS = "dumbwaiter_google_setup_faults_total";

describe("openGoogle", () => {
  let lifecycle: Lifecycle;
  let registry: ReturnType<typeof createMetricsRegistry>;
  let stream: PassThrough;
  let directory: string;

  beforeEach(async () => {
    stream = new PassThrough();
    registry = createMetricsRegistry({ service: "api" });
    directory = await mkdtemp(join(tmpdir(), "dumbwaiter-credentials-"));
  });
  afterEach(async () => {
    await lifecycle.stop("end of the test");
    for (const name of CREDENTIALS) delete process.env[name];
    await rm(directory, { recursive: true });
  });

  function open(emulatorHost?: string) {
    const logger = createLogger({ service: "api", level: "info", stream });
    lifecycle = createLifecycle({ health: new Health(), logger, graceMs: 10_000 });
    return openGoogle({
      ...{ logger, registry, lifecycle, dependencies: createDependencyStates(registry, logger) },
      config: {
        google: {
          ...{ projectId: "a-project", databaseId: "a-database", collectionPrefix: undefined },
          ...{ firestoreEmulatorHost: emulatorHost, pubsubEmulatorHost: emulatorHost },
          ...{ firestoreEndpoint: undefined, pubsubEndpoint: undefined },
        },
        limits: { messageTtlMs: 1e9, maxDevices: 2 },
        pubsub: {},
      },
    });
  }

  it("says that there are no credentials, and goes on once there are", async () => {
    const file = join(directory, "key.json");
    process.env.GOOGLE_APPLICATION_CREDENTIALS = file;
    const opening = open();
    const labels = { dependency: "pubsub", code: "UNAUTHENTICATED" };
    await eventually(async () => expect(await metricValue(registry, FAULTS, labels)).toBeGreaterThan(1));
    expect(logLines(stream).map(({ msg }) => msg)).toEqual([
      expect.stringMatching(
        /^No credentials for Google Cloud: .*key\.json.*set GOOGLE_APPLICATION_CREDENTIALS/,
      ),
    ]);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = {
      type: "service_account",
      client_email: "api@a-project.iam.gserviceaccount.com",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    };
    await writeFile(file, JSON.stringify(key));
    const { firestore, pubsub } = await opening;
    expect(await firestore.identity()).toBe(key.client_email);
    expect(await pubsub.identity()).toBe(key.client_email);
  });

  it("gives up the wait for credentials at once when the process stops", async () => {
    const connections: Socket[] = [];
    const silent = createServer((connection) => connections.push(connection));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    process.env.GCE_METADATA_HOST = `127.0.0.1:${port}`;
    process.env.METADATA_SERVER_DETECTION = "assume-present";
    const asked = once(silent, "connection");
    const opening = expect(open()).rejects.toThrow("aborted");
    await asked;
    expect(await lifecycle.stop("test")).toBe(true);
    await opening;
    expect(logLines(stream).map(({ msg }) => msg)).toEqual(["stopping", "stopped"]);
    silent.close();
    for (const connection of connections) connection.destroy();
  });

  it.each([
    ["PERMISSION_DENIED", "roles/pubsub.publisher"],
    ["NOT_FOUND", "does not exist"],
    ["UNAUTHENTICATED", "GOOGLE_APPLICATION_CREDENTIALS"],
  ] as const)("reports %s with what to change, and is unavailable meanwhile", async (code, advice) => {
    const server = await startRefusingServer();
    server.refusal.code = status[code];
    const { pubsub } = await open(server.emulatorHost);
    const record = { data: Buffer.from("{}"), attributes: {} };
    await expect(pubsub.publisher.publish(record)).rejects.toBeInstanceOf(UnavailableError);
    expect(await metricValue(registry, FAULTS, { dependency: "pubsub", code })).toBe(1);
    let line: Record<string, unknown> | undefined;
    await eventually(() => {
      line ??= logLines(stream).find((found) => found.code === code);
      expect(line).toMatchObject({ resource: "projects/a-project/topics/dumbwaiter-ingress" });
    });
    expect(line?.msg).toContain(advice);
    await lifecycle.stop("end of the test");
    await server.close();
  });

  it("reports pull streams that are refused, and why Pub/Sub counts as unavailable", async () => {
    const server = await startRefusingServer();
    server.refusal.code = status.PERMISSION_DENIED;
    const { pubsub } = await open(server.emulatorHost);
    await pubsub.consumer({ maxMessages: 1, maxBytes: 1 }).start(() => {});
    const labels = { dependency: "pubsub", code: "PERMISSION_DENIED" };
    await eventually(async () => expect(await metricValue(registry, FAULTS, labels)).toBeGreaterThan(0));
    const lines: unknown[] = [];
    await eventually(() => {
      lines.push(...logLines(stream));
      expect(lines).toContainEqual(expect.objectContaining({ ...labels, msg: "dependency unavailable" }));
    });
    await lifecycle.stop("end of the test");
    await server.close();
  });

  it("does not blame messages when Firestore refuses a commit that writes nothing too", async () => {
    const server = await startRefusingServer();
    const { firestore } = await open(server.emulatorHost);
    const storing = firestore.queues.store(sampleRequests(3, freshQueue()));
    await expect(storing).rejects.toBeInstanceOf(UnavailableError);
    const labels = { dependency: "firestore", code: "INVALID_ARGUMENT" };
    expect(await metricValue(registry, FAULTS, labels)).toBe(1);
    await lifecycle.stop("end of the test");
    await server.close();
  });
});
