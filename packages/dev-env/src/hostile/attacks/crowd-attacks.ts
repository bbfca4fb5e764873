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
      await loop(40, signal, async (lane) => {
        const token = await user(`mallory${lane % 20}`).token();
        (await joinWebSocket(endpoints.realtime, { token })).close();
      });
    },
  },
  thenClosing("sends of 256 KB, 8 in flight, then closing, 20 accounts", 8, (user) => [
    "send",
    newEnvelope(user, 190_000),
  ]),
  {
    ...thenClosing("pulls of 8 MiB, 20 in flight, then closing, 20 accounts", 20, () => [
      "pull",
      { limit: 500 },
    ]),
    prepare: ({ user }) => times(20, (index) => fillQueue(user(`mallory${index}`))),
  },
  overHttpThenClosing("sends of 256 KB over HTTP, then closing, 20 accounts", "POST", "/api/send", (user) =>
    JSON.stringify(newEnvelope(user, 190_000)),
  ),
  {
    ...overHttpThenClosing(
      "pulls of 8 MiB over HTTP, then closing, 20 accounts",
      "GET",
      "/api/messages?limit=500",
      () => "",
    ),
    prepare: ({ user }) => times(20, (index) => fillQueue(user(`mallory${index}`))),
  },
];

/** Two connections at a time for each account. Each makes a request, and closes before it is answered. */
function overHttpThenClosing(
  name: string,
  method: string,
  path: string,
  body: (user: WireUser) => string,
): Attack {
  return {
    name,
    token: "several",
    async run({ endpoints: { api }, signal, user }) {
      await loop(40, signal, async (lane) => {
        const own = user(`mallory${lane % 20}`);
        const connection = await RawConnection.open(api);
        const Authorization = `Bearer ${await own.token()}`;
        await connection.write(httpRequest(api, method, path, { Authorization }, body(own)));
        await sleep(20);
        connection.close();
      });
    },
  };
}

/** Two sockets at a time for each account. Each makes its requests, and closes before they are answered. */
function thenClosing(
  name: string,
  inFlight: number,
  request: (user: WireUser) => [event: string, argument: object],
): Attack {
  return {
    name,
    token: "several",
    async run({ endpoints, signal, user }) {
      await loop(40, signal, async (lane) => {
        const own = user(`mallory${lane % 20}`);
        const connection = await joinWebSocket(endpoints.realtime, { token: await own.token() });
        const requests = Array.from({ length: inFlight }, (_, id) =>
          frame(`42${id}${JSON.stringify(request(own))}`),
        );
        await connection.drain().write(Buffer.concat(requests));
        // Time to read them.
        await sleep(20);
        connection.close();
      });
    },
  };
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
