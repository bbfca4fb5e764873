import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { InvalidRequestError, LocalTokenBucket, type NetworkPrefix, tokenBucket } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { promotedBytes } from "@dumbwaiter/dev-env/observe/promoted-bytes";
import { ByteBudget, closeNow, HeldBytes, RecentUsers } from "@dumbwaiter/service";
import { afterEach, expect, it } from "@jest/globals";
import { type BodyBounds, takeBody } from "./take-body.ts";

const KIB = 1024;
const BODY_BYTES = 64 * KIB;
/** Objects that are held with a request. They have more than 50 bytes each. */
const WEIGHT = 1000;

/** No bucket regains anything while a test runs. */
const STOPPED = { now: () => 0 };
const oneByteEachMs = tokenBucket(BODY_BYTES, 1000);

let server: Server | undefined;
/** Nobody reads them: one that the server has ended would stay open, and keep Jest's worker from ending. */
const clients: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  return server && closeNow(server);
});

/** Reads bodies that come from the network that the path names; `?refuse` in it refuses them. */
async function serve(perProcess: number, pace = oneByteEachMs) {
  const budget = new ByteBudget<NetworkPrefix>({
    perUser: perProcess / 2,
    perProcess,
    waitingPerUser: 1_000,
    waitingPerProcess: 1_000,
    maxWaitMs: 60_000,
    patienceMs: 60_000,
  });
  const bounds = {
    waiting: new HeldBytes({ strangers: 0, owner: 2.5 * BODY_BYTES, total: 10 * BODY_BYTES }),
    budget,
    paces: new RecentUsers<LocalTokenBucket, NetworkPrefix>(() => new LocalTokenBucket(pace, STOPPED)),
    sharedPace: new LocalTokenBucket(pace, STOPPED),
    minBytes: 1,
  } satisfies BodyBounds<NetworkPrefix>;
  let ended = 0;
  server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? "", "http://localhost");
    Object.assign(request, { weight: Array.from({ length: WEIGHT }, () => ({})) });
    const answer = Object.assign(response, { locals: {} });
    takeBody(
      bounds,
      pathname as NetworkPrefix,
      { request, response: answer, maxBytes: BODY_BYTES },
      async () => {
        await text(request);
        if (search) throw new InvalidRequestError("invalid_request", "refused");
      },
    )
      .catch(() => {})
      .finally(() => {
        ended += 1;
        response.end();
      });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    budget,
    ended: () => ended,
    /** How many bytes must be regained until a body of the network is read. */
    debtOf: (network: string) => bounds.paces.of(network as NetworkPrefix).waitMs,
    sharedDebt: () => bounds.sharedPace.waitMs,

    /** @returns a connection that announces a body, and sends none of it */
    stall(network: string) {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      clients.push(socket);
      socket.write(`POST ${network} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${BODY_BYTES}\r\n\r\n`);
      return socket;
    },
    async send(path: string, body: string, headers = {}) {
      const request = httpRequest({ port, host: "127.0.0.1", method: "POST", path, headers, agent: false });
      request.end(body);
      const [response] = await once(request, "response");
      response.resume();
    },
  };
}

it.each([1, 5])("bodies of %i networks that never come make none wait", async (networks) => {
  const { budget, ended, debtOf, sharedDebt, stall, send } = await serve((networks + 1) * 20 * BODY_BYTES);
  const sockets = Array.from({ length: networks * 10 }, (_, index) => stall(`/${index % networks}`));
  await eventually(() => expect(budget.heldBytes).toBe(sockets.length * BODY_BYTES));
  expect([debtOf("/0"), debtOf("/other"), sharedDebt()]).toEqual([0, 0, 0]);
  await send("/other", "{}");
  expect(ended()).toBe(1);
  for (const socket of sockets) socket.destroy();
  await eventually(() => expect(ended()).toBe(sockets.length + 1));
  // Each counts for the least that a body does.
  expect([debtOf("/0"), debtOf("/other"), sharedDebt()]).toEqual([0, 0, 0]);
});

it.each([
  ["with its length", { "content-length": BODY_BYTES }],
  ["in chunks", { "transfer-encoding": "chunked" }],
])("a body that comes %s counts once, also if it comes with its headers", async (_, headers) => {
  const { debtOf, sharedDebt, send } = await serve(20 * BODY_BYTES);
  await send("/one", "A".repeat(BODY_BYTES), headers);
  expect([debtOf("/one"), debtOf("/other"), sharedDebt()]).toEqual([1, 0, 1]);
});

it("a refused body counts eight times what has arrived of it, for its network only", async () => {
  const { debtOf, sharedDebt, send } = await serve(20 * BODY_BYTES);
  const bytes = BODY_BYTES / 16;
  for (let sent = 1; sent <= 2; sent += 1) await send("/one?refuse", "A".repeat(bytes));
  expect([debtOf("/one"), sharedDebt()]).toEqual([1, 0]);
});

it("ends connections when too much of a network's bodies waits, and not for those under way or done", async () => {
  const { budget, ended, stall } = await serve(2 * BODY_BYTES, tokenBucket(100 * BODY_BYTES, 1));
  const open = (network: string, bytes: number) => {
    const socket = stall(network);
    socket.write("A".repeat(bytes));
    return socket;
  };
  const left = (sockets: readonly Socket[]) => sockets.filter(({ closed }) => !closed).length;
  for (let round = 0; round < 2; round += 1) {
    const underWay = open("/one", BODY_BYTES - 1);
    await eventually(() => expect(budget.heldBytes).toBe(BODY_BYTES));
    for (let gone = 0; gone < 2; gone += 1) open("/one", BODY_BYTES - 1).end();
    await eventually(() => expect(ended()).toBe(7 * round + 2));
    const waiting = Array.from({ length: 4 }, () => open("/one", BODY_BYTES));
    // Those that have ended wait no longer.
    await eventually(() => expect([left(waiting), ended()]).toEqual([2, 7 * round + 4]));
    expect(left([underWay])).toBe(1);
    underWay.destroy();
    await eventually(() => expect(ended()).toBe(7 * round + 7));
  }
});

it("leaves nothing of a request that has ended to the old objects", async () => {
  const { send } = await serve(20 * BODY_BYTES);
  const requests = 50;
  const promoted = await promotedBytes(async () => {
    for (let sent = 0; sent < requests; sent += 1) await send("/one", "{}");
  });
  // The last one is still in use.
  expect(promoted).toBeLessThan((requests * WEIGHT * 50) / 2);
});
