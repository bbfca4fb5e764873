import { randomBytes } from "node:crypto";
import { newEnvelope } from "@dumbwaiter/wire-user";
import { type Attack, type AttackContext, loop, times, untilAborted } from "../attack.ts";
import { joinWebSocket, keepAlive } from "../join-web-socket.ts";
import { frame } from "../raw-web-socket.ts";

const ANONYMOUS = { anonymous: true };
const JUNK = Buffer.concat(Array(100).fill(frame('420["pull",{}]')));
/** What sends together before it looks whether the connection still takes anything. */
const BATCH = 50;

/** By those who say nothing of who they are; where an access key is needed, it is of the attacker's own account. */
export const ANONYMOUS_ATTACKS: readonly Attack[] = [
  {
    name: "anonymous sockets opened and closed, 32 at once",
    token: "none",
    run: ({ endpoints, signal }) =>
      loop(32, signal, async () => (await joinWebSocket(endpoints.realtime, ANONYMOUS)).close()),
  },
  {
    name: "2,000 anonymous sockets that send nothing",
    token: "none",
    async run({ endpoints, signal }) {
      await times(2_000, async () => {
        keepAlive(await joinWebSocket(endpoints.realtime, ANONYMOUS), signal);
      });
      await untilAborted(signal);
    },
  },
  {
    name: "other events than send, 32 anonymous sockets",
    token: "none",
    run: ({ endpoints, signal }) =>
      loop(32, signal, async () => {
        const connection = (await joinWebSocket(endpoints.realtime, ANONYMOUS)).drain();
        await connection.flood(() => JUNK, signal);
        connection.close();
      }),
  },
  {
    name: "sends with made-up access keys, 32 anonymous sockets",
    token: "none",
    run: (context) => sendAnonymously(context, 32, 24, () => randomBytes(32).toString("base64")),
  },
  withOwnKey("anonymous sends, 32 sockets that do not read", 32, 24, false),
  withOwnKey("anonymous sends of 256 KB, 16 sockets", 16, 180_000, true),
];

function withOwnKey(name: string, sockets: number, bytes: number, reads: boolean): Attack {
  const accessKey = randomBytes(32).toString("base64");
  return {
    name,
    token: "one",
    prepare: ({ user }) => user().call("PUT", "/api/user/access-key", { accessKey }),
    run: (context) => sendAnonymously(context, sockets, bytes, () => accessKey, reads),
  };
}

/** As fast as the server reads. */
async function sendAnonymously(
  { endpoints, signal, user }: AttackContext,
  sockets: number,
  bytes: number,
  accessKey: () => string,
  reads = true,
): Promise<void> {
  const count = bytes > 1_000 ? 1 : BATCH;
  const next = () =>
    Buffer.concat(
      Array.from({ length: count }, () =>
        frame(`420["send",${JSON.stringify(newEnvelope(user(), bytes))},{"accessKey":"${accessKey()}"}]`),
      ),
    );
  await loop(sockets, signal, async () => {
    const connection = await joinWebSocket(endpoints.realtime, ANONYMOUS);
    if (reads) connection.drain();
    await connection.flood(next, signal);
    connection.close();
  });
}
