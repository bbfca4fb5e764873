import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { connect, type Socket } from "node:net";
import type { UserId } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import { ByteBudget, closeNow, createHttpServer, listen } from "@dumbwaiter/service";
import { afterEach, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { holdBytes } from "./hold-bytes.ts";
import { meterAnswers } from "./meter-answers.ts";
import type { Answer } from "./problem.ts";

const MIB = 1024 * 1024;
const ROUTE = "/api/messages";
const ALICE = "alice" as UserId;

let server: Server;
let registry: Registry;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeNow(server);
});

/** @returns a function that opens a connection which asks for an answer and does not read it */
async function start(
  listener: (...args: [...Parameters<RequestListener>, Answer]) => void,
  stallMs = 60_000,
) {
  registry = new Registry();
  const meter = meterAnswers(registry);
  server = createHttpServer(
    (request, response) => {
      const answer: Answer = Object.assign(response, { locals: {} });
      meter(request, answer, () => ROUTE);
      listener(request, response, answer);
    },
    { registry, stallMs },
  );
  const port = await listen(server, { port: 0, host: "127.0.0.1" });
  return async (requests = 1) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
    socket.write(`GET ${ROUTE} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(requests));
    return socket;
  };
}

async function answers() {
  const of = (status_class: string) =>
    metricValue(registry, "dumbwaiter_http_server_requests_total", { http_route: ROUTE, status_class });
  return { "2xx": await of("2xx"), "4xx": await of("4xx"), "5xx": await of("5xx") };
}

it("counts an answer whose client leaves after the first part as the client's fault", async () => {
  const ask = await start((_request, response) => response.write("part"));
  const socket = await ask();
  await once(socket, "readable");
  socket.destroy();
  await eventually(async () => expect(await answers()).toEqual({ "2xx": 0, "4xx": 1, "5xx": 0 }));
});

it("counts a whole answer whose client leaves before it has come as the client's fault", async () => {
  const ask = await start((_request, response) => response.end(Buffer.alloc(64 * MIB)));
  const socket = await ask();
  await once(socket, "readable");
  socket.destroy();
  await eventually(async () => expect(await answers()).toEqual({ "2xx": 0, "4xx": 1, "5xx": 0 }));
});

it("counts an answer that its client does not read as the client's fault", async () => {
  const ask = await start((_request, response) => response.end(Buffer.alloc(64 * MIB)), 300);
  await ask();
  await eventually(async () => expect(await answers()).toEqual({ "2xx": 0, "4xx": 1, "5xx": 0 }));
});

it.each(["before", "after"])(
  "counts an answer that is cut off for others' bytes as ours, %s its headers",
  async (when) => {
    const [perUser, perProcess, waiting] = [10, 10, { waitingPerUser: 9, waitingPerProcess: 9 }];
    const budget = new ByteBudget({ ...waiting, perUser, perProcess, maxWaitMs: 60_000, patienceMs: 0 });
    const ask = await start(async (_request, response, answer) => {
      await holdBytes(budget, ALICE, { bytes: 10 }, answer, async () => {
        if (when === "after") response.write("part");
      });
    });
    const socket = await ask();
    if (when === "after") await once(socket, "readable");
    else await eventually(() => expect(budget.heldBytes).toBe(10));
    const giveBack = await budget.take("bob" as UserId, 10, () => {});
    await eventually(async () => expect(await answers()).toEqual({ "2xx": 0, "4xx": 0, "5xx": 1 }));
    giveBack();
  },
);

it("holds bytes for work that goes on when its client has gone", async () => {
  const [perUser, perProcess, waiting] = [10, 10, { waitingPerUser: 9, waitingPerProcess: 9 }];
  const budget = new ByteBudget({ ...waiting, perUser, perProcess, maxWaitMs: 60_000, patienceMs: 0 });
  const work = Promise.withResolvers<void>();
  let closed = false;
  const ask = await start(async (_request, response, answer) => {
    response.once("close", () => {
      closed = true;
    });
    await holdBytes(budget, ALICE, { bytes: 10 }, answer, () => work.promise);
  });
  const socket = await ask();
  await eventually(() => expect(budget.heldBytes).toBe(10));
  socket.destroy();
  await eventually(() => expect(closed).toBe(true));
  expect(budget.heldBytes).toBe(10);
  work.resolve();
  await eventually(() => expect(budget.heldBytes).toBe(0));
});

it("times an answer from when its request came, not from its turn", async () => {
  const busyMs = 100;
  const ask = await start((_request, response) => {
    const until = performance.now() + busyMs;
    while (performance.now() < until);
    response.end("answer");
  });
  const socket = await ask(2);
  socket.resume();
  await eventually(async () => expect(await answers()).toEqual({ "2xx": 2, "4xx": 0, "5xx": 0 }));
  const sums = (await registry.metrics()).match(
    /(?<=^dumbwaiter_http_server_request_duration_seconds_sum.* )\S+$/gm,
  );
  const seconds = sums?.reduce((sum, value) => sum + Number(value), 0);
  // The second waits for the first.
  expect(seconds).toBeGreaterThanOrEqual((3 * busyMs) / 1000);
});
