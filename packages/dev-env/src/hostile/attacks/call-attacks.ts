import { randomUUID } from "node:crypto";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { v7 as uuidv7 } from "uuid";
import { type Attack, type AttackContext, loop, times, untilAborted } from "../attack.ts";
import { fillQueue } from "../fill-queue.ts";
import { RawConnection } from "../raw-connection.ts";
import { httpRequest } from "../raw-http.ts";
import { answered, flooding, oneByteChunks } from "./http-floods.ts";

const PULL = "/api/messages?limit=500";
const DEVICES = 10;

const madeUpIds = () => Array.from({ length: 500 }, () => randomUUID());

/** HTTP calls with a token. */
export const CALL_ATTACKS: readonly Attack[] = [
  {
    name: "pulls of 8 MiB, 100 connections that never read",
    token: "one",
    holds: true,
    prepare: ({ user }) => fillQueue(user()),
    async run(context) {
      const request = await call(context, "GET", PULL);
      await times(100, async () => (await RawConnection.open(context.endpoints.api)).write(request));
      await untilAborted(context.signal);
    },
  },
  {
    name: "130 pipelined pulls of 8 MiB, 4 connections that never read",
    token: "one",
    holds: true,
    prepare: ({ user }) => fillQueue(user()),
    async run(context) {
      const requests = (await call(context, "GET", PULL)).repeat(130);
      await times(4, async () => (await RawConnection.open(context.endpoints.api)).write(requests));
      await untilAborted(context.signal);
    },
  },
  {
    name: "pulls of 8 MiB read at one byte a second, 50 connections",
    token: "one",
    holds: true,
    prepare: ({ user }) => fillQueue(user()),
    async run(context) {
      const request = await call(context, "GET", PULL);
      await times(50, async () => {
        const connection = (await RawConnection.open(context.endpoints.api)).readSlowly(
          1_000,
          context.signal,
        );
        await connection.write(request);
      });
      await untilAborted(context.signal);
    },
  },
  {
    name: "pulls of 8 MiB read at one byte a second, 14 accounts with 20 connections each",
    token: "several",
    holds: true,
    prepare: ({ user }) => times(14, (index) => fillQueue(user(`mallory${index}`))),
    async run(context) {
      const { endpoints, signal, user } = context;
      await times(14, async (index) => {
        const request = await call({ ...context, user: () => user(`mallory${index}`) }, "GET", PULL);
        await times(20, async () =>
          (await RawConnection.open(endpoints.api)).readSlowly(1_000, signal).write(request),
        );
      });
      await untilAborted(signal);
    },
  },
  {
    ...flooding("pulls of 8 MiB, 16 connections that read", 16, (context) => call(context, "GET", PULL)),
    prepare: ({ user }) => fillQueue(user()),
  },
  flooding("acks of 500 made-up ids, 32 connections", 32, (context) =>
    call(context, "POST", "/api/messages/ack", { messageIds: madeUpIds() }),
  ),
  flooding("sends under one Idempotency-Key, 16 connections", 16, (context) =>
    call(context, "POST", "/api/send", newEnvelope(context.user()), { "Idempotency-Key": uuidv7() }),
  ),
  flooding("envelopes that are refused, 16 connections", 16, (context) =>
    call(context, "POST", "/api/send", { recipientId: "urn:sm:user:", encryptedData: "A".repeat(200_000) }),
  ),
  {
    name: "envelopes that are refused, on a new connection each, 16 at once",
    token: "one",
    async run(context) {
      const envelope = { recipientId: "urn:sm:user:", encryptedData: "A".repeat(200_000) };
      const request = await call(context, "POST", "/api/send", envelope);
      await loop(16, context.signal, async () => {
        const connection = await RawConnection.open(context.endpoints.api);
        await connection.write(request);
        connection.close();
      });
    },
  },
  {
    name: "chunks of one byte with a token, 16 connections",
    token: "one",
    run: async (context) => oneByteChunks(context, await bearer(context)),
  },
  answered("pulls of an empty queue, 32 connections, 16 in flight", 32, 16, (context) =>
    call(context, "GET", "/api/messages"),
  ),
  answered("HEADs of a queue, 32 connections, 16 in flight", 32, 16, (context) =>
    call(context, "HEAD", "/api/messages"),
  ),
  answered("acks of 500 made-up ids, 32 connections, 16 in flight", 32, 16, (context) =>
    call(context, "POST", "/api/messages/ack", { messageIds: madeUpIds() }),
  ),
  answered("sends, 32 connections, 16 in flight", 32, 16, (context) =>
    call(context, "POST", "/api/send", newEnvelope(context.user())),
  ),
  answered("sends of 256 KB, 16 connections, 4 in flight", 16, 4, (context) =>
    call(context, "POST", "/api/send", newEnvelope(context.user(), 180_000)),
  ),
  flooding("bodies of depth 100,000, 16 connections", 16, async (context) => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    return httpRequest(context.endpoints.api, "POST", "/api/send", await bearer(context), deep);
  }),
  {
    name: "devices registered and removed, 16 at once",
    token: "one",
    async run({ signal, user }) {
      let devices = 0;
      await loop(16, signal, async () => {
        const path = `/api/devices/d${devices++}`;
        await (await user().call("PUT", path)).arrayBuffer();
        await (await user().call("DELETE", path)).arrayBuffer();
      });
    },
  },
  {
    name: "the user removed and registered, 16 at once",
    token: "one",
    async run({ signal, user }) {
      await loop(16, signal, async (lane) => {
        await (await user().call("PUT", `/api/devices/d${lane % DEVICES}`)).arrayBuffer();
        await (await user().call("DELETE", "/api/user")).arrayBuffer();
      });
    },
  },
  {
    name: "three accounts with ten devices each, 100 envelopes of 255 KB",
    token: "several",
    prepare: ({ user }) => times(3, (index) => withDevices(user(`mallory${index}`))),
    async run({ signal, user }) {
      await times(3, async (index) => {
        const [from, to] = [user(`mallory${index}`), user(`mallory${(index + 1) % 3}`)];
        const envelope = newEnvelope(to, 190_000);
        for (let sent = 0; sent < 100 && !signal.aborted; sent++) {
          await (await from.call("POST", "/api/send", envelope)).arrayBuffer();
        }
      });
    },
  },
  {
    name: "50 accounts that send to one user",
    token: "several",
    prepare: ({ user }) => withDevices(user("victim")),
    async run({ signal, user }) {
      await loop(50, signal, async (lane) => {
        const response = await user(`mallory${lane}`).call("POST", "/api/send", newEnvelope(user("victim")));
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`${response.status}`);
      });
    },
  },
  {
    name: "sends of 256 KB, 40 accounts",
    token: "several",
    async run({ signal, user }) {
      await loop(40, signal, async (lane) => {
        const account = user(`mallory${lane}`);
        const response = await account.call("POST", "/api/send", newEnvelope(account, 180_000));
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`${response.status}`);
      });
    },
  },
  {
    name: "sends to a new recipient each, 16 at once",
    token: "one",
    async run({ endpoints, signal, user }) {
      let recipients = 0;
      await loop(16, signal, async () => {
        const stranger = new WireUser(`${user().name}-${recipients++}`, endpoints);
        const response = await user().call("POST", "/api/send", newEnvelope(stranger));
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`${response.status}`);
      });
    },
  },
];

async function withDevices(user: WireUser): Promise<void> {
  for (let index = 0; index < DEVICES; index++) await user.httpClient().devices.register(`d${index}`);
}

async function bearer({ user }: AttackContext): Promise<Record<string, string>> {
  return { Authorization: `Bearer ${await user().token()}` };
}

async function call(
  context: AttackContext,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const text = body === undefined ? "" : JSON.stringify(body);
  return httpRequest(context.endpoints.api, method, path, { ...(await bearer(context)), ...headers }, text);
}
