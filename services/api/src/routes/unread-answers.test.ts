import { once } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type MessageQueues, type PageRequest, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { ALICE, BOB, ENVELOPE, startTestApi, type TestApi } from "../../testing/test-api.ts";

const MIB = 1024 * 1024;
const LARGE = { ...ENVELOPE, encryptedData: "A".repeat(64_000) };

/** Pages read, what each read waits for, and an error to throw in place of the next one after the first. */
const pages: PageRequest[] = [];
let store = Promise.resolve();
let failure: Error | undefined;

let api: TestApi;
const sockets: Socket[] = [];
beforeAll(async () => {
  api = await startTestApi({
    wrapQueues: (queues): MessageQueues => ({
      store: (requests) => queues.store(requests),
      delete: (address, ids) => queues.delete(address, ids),
      stillQueued: (address, ids) => queues.stillQueued(address, ids),
      purge: (address, before) => queues.purge(address, before),
      find: (address, ids) => queues.find(address, ids),
      async page(address, request) {
        pages.push(request);
        await store;
        if (failure && request.after !== undefined) throw failure;
        return queues.page(address, request);
      },
    }),
  });
});
afterAll(() => api.close());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  pages.length = 0;
  store = Promise.resolve();
  failure = undefined;
  await api.removeUsers(ALICE, BOB);
});

/** A connection that sends these requests and reads nothing until it is told to. */
async function unread(requests: string) {
  const socket = connect(api.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(requests);
  return socket;
}

async function pullRequest(sub: string): Promise<string> {
  const token = await api.token({ sub });
  return `GET /api/messages?limit=500 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
}

const heldBytes = async () =>
  Number(/^dumbwaiter_api_held_bytes (\d+)$/m.exec(await api.registry.metrics())?.[1]);

describe("a pull that is read slowly", () => {
  it("is read from the queue as the client takes it, and gives the same bytes", async () => {
    await api.queue(ALICE, "default", Array(130).fill(LARGE));
    const whole = await (await api.call("GET", "/api/messages?limit=500")).text();
    expect(whole.length).toBeGreaterThan(7 * MIB);
    const all = pages.splice(0).length;
    expect(all).toBeGreaterThan(12);

    const request = await pullRequest("alice");
    const socket = await unread(request.repeat(2));
    let received = "";
    socket.setEncoding("utf8").on("data", (data) => {
      received += data;
    });
    await eventually(() => expect(received.match(/"hasMore":(true|false)}/g)).toHaveLength(2));
    const bodies = received.split(/HTTP\/1\.1 200 OK\r\n/).slice(1);
    for (const body of bodies) expect(decoded(body)).toBe(whole);
  });

  it("holds one part in memory, within its user's share, and keeps no other user waiting", async () => {
    await api.queue(ALICE, "default", Array(130).fill(LARGE));
    const request = await pullRequest("alice");
    await Promise.all(Array.from({ length: 50 }, () => unread(request)));
    await eventually(async () => expect(await heldBytes()).toBe(8 * MIB));
    const [id] = await api.queue(BOB, "default", [ENVELOPE]);
    const response = await api.call("GET", "/api/messages", { token: await api.token({ sub: "bob" }) });
    expect(await response.json()).toMatchObject({ messages: [{ id }], hasMore: false });
    expect(await heldBytes()).toBe(8 * MIB);
    for (const { maxBytes } of pages) expect(maxBytes).toBeLessThanOrEqual(MIB / 2);
    for (const socket of sockets) socket.destroy();
    await eventually(async () => expect(await heldBytes()).toBe(0));
  });

  it("gives most of its bytes back when its client goes, though the store has not answered", async () => {
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    store = promise;
    const socket = await unread(await pullRequest("alice"));
    await eventually(() => expect(pages).toHaveLength(1));
    expect(await heldBytes()).toBe(MIB);
    socket.destroy();
    await eventually(async () => expect(await heldBytes()).toBe(MIB / 16));
    answer();
    await eventually(async () => expect(await heldBytes()).toBe(0));
  });

  it("ends with its connection when the store fails after the first part", async () => {
    await api.queue(ALICE, "default", Array(130).fill(LARGE));
    failure = new UnavailableError("sqlite");
    const response = await api.call("GET", "/api/messages?limit=500");
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow("terminated");
    expect(await api.registry.metrics()).toMatch(
      /^dumbwaiter_api_refusals_total\{code="unavailable"\} [1-9]/m,
    );
  });
});

describe("files that nobody reads", () => {
  it("are served from memory", async () => {
    const path = "/docs/swagger-ui-bundle.js";
    const socket = await unread(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(16));
    await once(socket, "readable");
    expect((await api.call("GET", path, { token: null })).status).toBe(200);
    expect(openFiles().filter((file) => file.endsWith("swagger-ui-bundle.js"))).toEqual([]);
  });
});

function openFiles(): string[] {
  return readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}

/** The body of an answer in chunks. */
function decoded(answer: string): string {
  expect(answer).toMatch(/^Transfer-Encoding: chunked\r$/im);
  let rest = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  let body = "";
  for (;;) {
    const end = rest.indexOf("\r\n");
    const size = Number.parseInt(rest.slice(0, end), 16);
    if (size === 0) return body;
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 2 + size + 2);
  }
}
