import { randomUUID } from "node:crypto";
import { newEnvelope } from "@dumbwaiter/wire-user";
// Bare: stock clients that flood.
import type { BareUser } from "@dumbwaiter/wire-user/bare";
import { type Attack, type AttackContext, loop, times, untilAborted } from "../attack.ts";
import { fillQueue } from "../fill-queue.ts";
import { joinWebSocket, keepAlive } from "../join-web-socket.ts";
import { frame } from "../raw-web-socket.ts";

const DEVICES = 10;
const IDS = 500;
const CALL_MS = 10_000;

const madeUpIds = () => Array.from({ length: IDS }, () => randomUUID());
const PULL = frame('420["pull",{"limit":500}]');
const WIDE = `[${Array(100_000).fill("{}").join(",")}]`;
const UNKNOWN_EVENTS = Buffer.concat(Array(100).fill(frame('420["nothing",{}]')));
const UNANSWERED_EVENTS = Buffer.concat(Array(100).fill(frame('42["pull",{}]')));
const WIDE_EVENT = frame(`42["send",${WIDE}]`);
const DEEP_EVENT = frame(`42["send",${"[".repeat(100_000)}${"]".repeat(100_000)}]`);
/** The first packet of an event with ten attachments, which never come. */
const UNFINISHED = frame(
  `4510-["send",${Array.from({ length: 10 }, (_, num) => `{"_placeholder":true,"num":${num}}`)}]`,
);

/** One user's, after joining. */
export const SOCKET_ATTACKS: readonly Attack[] = [
  {
    name: "100,000 {} beside the token in auth, 160 sockets",
    token: "one",
    async run({ endpoints, signal, user }) {
      const token = await user().token();
      await times(160, async (index) => {
        const auth = `{"token":"${token}","deviceId":"d${index % DEVICES}","junk":${WIDE}}`;
        keepAlive((await joinWebSocket(endpoints.realtime, auth)).drain(), signal);
      });
      await untilAborted(signal);
    },
  },
  {
    name: "160 sockets that never read, a full queue",
    token: "one",
    holds: true,
    prepare: fillDevices,
    run: (context) => neverRead(context, async () => untilAborted(context.signal)),
  },
  {
    name: "160 sockets that never read, 60 pulls each",
    token: "one",
    holds: true,
    prepare: fillDevices,
    run: (context) =>
      neverRead(context, async (connection) => {
        await connection.write(Buffer.concat(Array(60).fill(PULL)));
        await untilAborted(context.signal);
      }),
  },
  emitting("acks of 500 made-up ids, 32 sockets, 20 in flight", 32, 20, () => [
    "ack",
    { messageIds: madeUpIds() },
  ]),
  flooding("acks of 500 made-up ids, 32 sockets, without waiting", 32, () =>
    frame(`420["ack",${JSON.stringify({ messageIds: madeUpIds() })}]`),
  ),
  {
    ...emitting("pulls of 8 MiB, 16 sockets, 4 in flight", 16, 4, () => ["pull", { limit: 500 }]),
    prepare: ({ user }) => fillQueue(user()),
  },
  {
    name: "pulls of 8 MiB, 14 accounts with 4 sockets each",
    token: "several",
    prepare: ({ user }) => times(14, (index) => fillQueue(user(`mallory${index}`))),
    run: ({ signal, user }) =>
      times(14, (index) => emit(user(`mallory${index}`), signal, 4, 2, () => ["pull", { limit: 500 }])),
  },
  emitting("pulls of an empty queue, 32 sockets, 20 in flight", 32, 20, () => ["pull", { limit: 500 }]),
  emitting("sends, 32 sockets, 20 in flight", 32, 20, (user) => ["send", newEnvelope(user, 24)]),
  emitting("sends of 256 KB, 8 sockets, 4 in flight", 8, 4, (user) => ["send", newEnvelope(user, 180_000)]),
  emitting("auth with a bad token, 16 sockets, 20 in flight", 16, 20, () => [
    "auth",
    { token: "e30.e30.AAAA" },
  ]),
  flooding("unknown events, 16 sockets", 16, () => UNKNOWN_EVENTS),
  flooding("events without a callback, 16 sockets", 16, () => UNANSWERED_EVENTS),
  flooding("events of 100,000 objects, 8 sockets", 8, () => WIDE_EVENT),
  flooding("events of depth 100,000, 8 sockets", 8, () => DEEP_EVENT),
  flooding("events whose attachments never come, 16 sockets", 16, () => UNFINISHED),
  {
    name: "leaving and joining again on one transport, 16 sockets",
    token: "one",
    async run({ endpoints, signal, user }) {
      const token = await user().token();
      const again = Buffer.concat([frame("41"), frame(`40{"token":"${token}"}`)]);
      await loop(16, signal, async () => {
        const connection = (await joinWebSocket(endpoints.realtime, { token })).drain();
        await connection.flood(again, signal);
      });
    },
  },
  {
    name: "joining and closing, 32 at once",
    token: "one",
    async run({ endpoints, signal, user }) {
      const token = await user().token();
      await loop(32, signal, async () => (await joinWebSocket(endpoints.realtime, { token })).close());
    },
  },
  {
    name: "joining with a new device each, 32 at once",
    token: "one",
    async run({ endpoints, signal, user }) {
      const token = await user().token();
      let devices = 0;
      await loop(32, signal, async () => {
        (await joinWebSocket(endpoints.realtime, { token, deviceId: `d${devices++}` })).close();
      });
    },
  },
];

async function fillDevices({ user }: AttackContext): Promise<void> {
  for (let index = 0; index < DEVICES; index++) await user().device(`d${index}`).pull(1);
  await fillQueue(user().device("d0"));
}

type Connection = Awaited<ReturnType<typeof joinWebSocket>>;

async function neverRead(
  { endpoints, signal, user }: AttackContext,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const token = await user().token();
  await times(160, async (index) => {
    const connection = await joinWebSocket(endpoints.realtime, { token, deviceId: `d${index % DEVICES}` });
    keepAlive(connection, signal);
    await use(connection);
  });
}

/** Stock clients, which wait for answers and come back whenever they are thrown out. */
function emitting(
  name: string,
  sockets: number,
  inFlight: number,
  event: (user: BareUser) => [string, ...unknown[]],
): Attack {
  return {
    name,
    token: "one",
    run: ({ signal, user }) => emit(user(), signal, sockets, inFlight, event),
  };
}

async function emit(
  user: BareUser,
  signal: AbortSignal,
  sockets: number,
  inFlight: number,
  event: (user: BareUser) => [string, ...unknown[]],
): Promise<void> {
  await times(sockets, async () => {
    const socket = await user.socket({ reconnectionDelay: 100, reconnectionDelayMax: 1_000 });
    await loop(inFlight, signal, async () => {
      const [first, ...rest] = event(user);
      const call = socket.timeout(CALL_MS).emitWithAck(first, ...rest);
      const answer = await Promise.race([call, untilAborted(signal)]);
      if (answer?.ok === false) throw new Error(answer.error.code);
    });
    socket.disconnect();
  });
}

/** Frames as fast as the server takes them; answers are read and forgotten. */
function flooding(name: string, sockets: number, next: () => Buffer): Attack {
  return {
    name,
    token: "one",
    async run({ endpoints, signal, user }) {
      const token = await user().token();
      await loop(sockets, signal, async () => {
        const connection = (await joinWebSocket(endpoints.realtime, { token })).drain();
        await connection.flood(next, signal);
        connection.close();
      });
    },
  };
}
