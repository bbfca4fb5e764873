import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { newEnvelope, type WireUser } from "@dumbwaiter/wire-user";
import { type Attack, type AttackContext, loop, times } from "../attack.ts";
import { fillQueue } from "../fill-queue.ts";
import { joinWebSocket, keepAlive } from "../join-web-socket.ts";
import { RawConnection } from "../raw-connection.ts";
import { httpRequest } from "../raw-http.ts";
import { frame } from "../raw-web-socket.ts";

const DEVICES = 10;
const SOCKETS = 160;
const ACCOUNTS = 20;
/** In which the target reads what has been sent. */
const READ_MS = 20;

/** By what multiplies: accounts, devices, sockets of one device. */
export const CROWD_ATTACKS: readonly Attack[] = [
  ofAccounts("pulls of an empty queue, 50 accounts, 4 in flight", 50, 4, "GET", "/api/messages", () => ""),
  ofAccounts("acks of 500 made-up ids, 20 accounts, 4 in flight", 20, 4, "POST", "/api/messages/ack", () =>
    JSON.stringify({ messageIds: Array.from({ length: 500 }, () => randomUUID()) }),
  ),
  ofAccounts("sends of 256 KB, 20 accounts, 2 in flight", 20, 2, "POST", "/api/send", (user) =>
    JSON.stringify(newEnvelope(user, 190_000)),
  ),
  toOwnSockets("ephemeral messages of 40 KB to the own 160 sockets, which read", 30_000, true, true),
  toOwnSockets("ephemeral messages of 40 KB to the own 160 sockets, which do not read", 30_000, true, false),
  toOwnSockets("messages of 24 bytes to the own 160 sockets, which read", 24, false, true),
  toOwnSockets("messages of 256 KB to the own 160 sockets, which read", 190_000, false, true),
  {
    name: "100 sends to ten devices, then the user removed, 4 accounts",
    token: "several",
    async run({ signal, user }) {
      await loop(4, signal, async (lane) => {
        const own = user(`mallory${lane}`);
        await times(DEVICES, (index) => own.call("PUT", `/api/devices/d${index}`));
        await times(100, async () => (await own.call("POST", "/api/send", newEnvelope(own))).arrayBuffer());
        await (await own.call("DELETE", "/api/user")).arrayBuffer();
      });
    },
  },
  {
    name: "joining and closing, 20 accounts",
    token: "several",
    async run({ endpoints, signal, user }) {
      await loop(2 * ACCOUNTS, signal, async (lane) => {
        const token = await user(`mallory${lane % ACCOUNTS}`).token();
        (await joinWebSocket(endpoints.realtime, { token })).close();
      });
    },
  },
  thenClosing("sends of 256 KB, 8 in flight, then closing, 20 accounts", (context, own) =>
    emitting(context, own, 8, ["send", newEnvelope(own, 190_000)]),
  ),
  {
    ...thenClosing("pulls of 8 MiB, 20 in flight, then closing, 20 accounts", (context, own) =>
      emitting(context, own, 20, ["pull", { limit: 500 }]),
    ),
    prepare: fillQueues,
  },
  thenClosing("sends of 256 KB over HTTP, then closing, 20 accounts", (context, own) =>
    calling(context, own, "POST", "/api/send", JSON.stringify(newEnvelope(own, 190_000))),
  ),
  {
    ...thenClosing("pulls of 8 MiB over HTTP, then closing, 20 accounts", (context, own) =>
      calling(context, own, "GET", "/api/messages?limit=500", ""),
    ),
    prepare: fillQueues,
  },
];

async function fillQueues({ user }: AttackContext): Promise<void> {
  await times(ACCOUNTS, (index) => fillQueue(user(`mallory${index}`)));
}

/** Two connections at a time for each account. Each makes its requests, and closes before they are answered. */
function thenClosing(
  name: string,
  request: (context: AttackContext, own: WireUser) => Promise<{ close(): void }>,
): Attack {
  return {
    name,
    token: "several",
    async run(context) {
      await loop(2 * ACCOUNTS, context.signal, async (lane) => {
        const connection = await request(context, context.user(`mallory${lane % ACCOUNTS}`));
        await sleep(READ_MS);
        connection.close();
      });
    },
  };
}

async function emitting(
  { endpoints }: AttackContext,
  own: WireUser,
  inFlight: number,
  event: [name: string, argument: object],
) {
  const connection = (await joinWebSocket(endpoints.realtime, { token: await own.token() })).drain();
  const events = Array.from({ length: inFlight }, (_, id) => frame(`42${id}${JSON.stringify(event)}`));
  await connection.write(Buffer.concat(events));
  return connection;
}

async function calling(
  { endpoints: { api } }: AttackContext,
  own: WireUser,
  method: string,
  path: string,
  body: string,
) {
  const connection = await RawConnection.open(api);
  const Authorization = `Bearer ${await own.token()}`;
  await connection.write(httpRequest(api, method, path, { Authorization }, body));
  return connection;
}

/** Each account calls as fast as it is answered, over one connection. */
function ofAccounts(
  name: string,
  accounts: number,
  inFlight: number,
  method: string,
  path: string,
  body: (user: WireUser) => string,
): Attack {
  return {
    name,
    token: "several",
    async run({ endpoints: { api }, signal, user }) {
      await times(accounts, async (index) => {
        const own = user(`mallory${index}`);
        const Authorization = `Bearer ${await own.token()}`;
        const requests = httpRequest(api, method, path, { Authorization }, body(own)).repeat(inFlight);
        await loop(1, signal, async () => {
          const connection = await RawConnection.open(api);
          while (!signal.aborted && !connection.closed) {
            void connection.write(requests);
            await connection.readTimes("HTTP/1.1 ", inFlight);
          }
        });
      });
    },
  };
}

/** What is sent once is written many times. */
function toOwnSockets(name: string, bytes: number, ephemeral: boolean, reads: boolean): Attack {
  return {
    name,
    token: "one",
    prepare: ({ user }) => times(DEVICES, (index) => user().device(`d${index}`).pull(1)),
    async run(context) {
      const { signal, user } = context;
      await openSockets(context, reads);
      const envelope = { ...newEnvelope(user(), bytes), ...(ephemeral ? { isEphemeral: true } : {}) };
      await loop(8, signal, async () => {
        const response = await user().call("POST", "/api/send", envelope);
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`${response.status}`);
      });
    },
  };
}

async function openSockets({ endpoints, signal, user }: AttackContext, reads: boolean): Promise<void> {
  const token = await user().token();
  await times(SOCKETS, async (index) => {
    const connection = await joinWebSocket(endpoints.realtime, { token, deviceId: `d${index % DEVICES}` });
    keepAlive(connection, signal);
    if (reads) connection.drain();
  });
}
