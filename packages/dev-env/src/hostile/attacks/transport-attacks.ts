import { type Attack, loop, times, untilAborted } from "../attack.ts";
import { joinWebSocket, keepAlive, openWebSocket, upgradeRequest } from "../join-web-socket.ts";
import { RawConnection } from "../raw-connection.ts";
import { httpRequest } from "../raw-http.ts";
import { frame, OPCODES } from "../raw-web-socket.ts";

const PING = frame("p".repeat(125), { opcode: OPCODES.ping });
const MANY_PINGS = Buffer.concat(Array(2_000).fill(PING));
const MANY_CONNECTS = Buffer.concat(Array(5_000).fill(frame("40/x,")));
const LONG_CONNECT = frame(`40/${"a".repeat(300_000)},`);
const HALF_FRAME = frame("a".repeat(315_000)).subarray(0, -8_000);
const MANY_EMPTY = Buffer.concat(Array(10_000).fill(frame("")));
const MANY_PONGS = Buffer.concat(Array(10_000).fill(frame("p".repeat(125), { opcode: OPCODES.pong })));
const MANY_NOOPS = Buffer.concat(Array(10_000).fill(frame("6")));
const FIRST_FRAGMENT = frame("4", { final: false });
const MANY_FRAGMENTS = Buffer.concat(
  Array(10_000).fill(frame("0", { opcode: OPCODES.continuation, final: false })),
);

/** Before they join: any peer can do it. */
export const TRANSPORT_ATTACKS: readonly Attack[] = [
  unread("pings whose pongs are not read, 2 sockets", 2, MANY_PINGS),
  unread("CONNECT to namespaces of one letter, 2 sockets", 2, MANY_CONNECTS),
  unread("CONNECT to namespaces of 300 KB, 2 sockets", 2, LONG_CONNECT),
  {
    name: "CONNECT to other namespaces after joining, 4 sockets",
    token: "one",
    holds: true,
    async run({ endpoints, signal, user }) {
      await loop(4, signal, async (index) => {
        const token = await user().token();
        const connection = await joinWebSocket(endpoints.realtime, { token, deviceId: `d${index}` });
        keepAlive(connection, signal);
        await connection.flood(LONG_CONNECT, signal);
      });
    },
  },
  {
    name: "600 half-sent frames of 315 KB",
    token: "none",
    holds: true,
    async run({ endpoints, signal }) {
      await times(600, async () => {
        const connection = await openWebSocket(endpoints.realtime);
        keepAlive(connection, signal);
        await connection.write(HALF_FRAME);
      });
      await untilAborted(signal);
    },
  },
  {
    name: "a frame in fragments of one byte, 8 sockets",
    token: "none",
    holds: true,
    async run({ endpoints, signal }) {
      await loop(8, signal, async () => {
        const connection = await openWebSocket(endpoints.realtime);
        await connection.write(FIRST_FRAGMENT);
        await connection.flood(MANY_FRAGMENTS, signal);
      });
    },
  },
  unread("empty frames, 8 sockets", 8, MANY_EMPTY),
  unread("unasked pongs, 8 sockets", 8, MANY_PONGS),
  unread("Engine.IO's noop packets, 8 sockets", 8, MANY_NOOPS),
  {
    name: "2,000 sockets that never join, 1,000 half-sent upgrades",
    token: "none",
    holds: true,
    async run({ endpoints, signal }) {
      const half = upgradeRequest(endpoints.realtime).slice(0, -2);
      await times(1_000, async () => {
        await (await RawConnection.open(endpoints.realtime)).write(half);
      });
      await times(2_000, async () => {
        const connection = await RawConnection.open(endpoints.realtime);
        await connection.write(upgradeRequest(endpoints.realtime));
      });
      await untilAborted(signal);
    },
  },
  {
    name: "sockets opened and closed, 32 at once",
    token: "none",
    async run({ endpoints, signal }) {
      await loop(32, signal, async () => (await openWebSocket(endpoints.realtime)).close());
    },
  },
  {
    name: "handshakes with bad tokens, 32 at once",
    token: "none",
    async run({ endpoints, signal }) {
      const head = Buffer.from(JSON.stringify({ alg: "ES256", kid: "x" })).toString("base64url");
      await loop(32, signal, async () => {
        const connection = await openWebSocket(endpoints.realtime);
        void connection.write(frame(`40${JSON.stringify({ token: `${head}.e30.AAAA` })}`));
        await connection.readUntil(/44\{/);
        connection.close();
      });
    },
  },
  {
    name: "Engine.IO's polling, 32 connections that read, 16 in flight",
    token: "none",
    async run({ endpoints: { realtime }, signal }) {
      const poll = httpRequest(realtime, "GET", "/socket.io/?EIO=4&transport=polling").repeat(16);
      await loop(32, signal, async () => {
        const connection = await RawConnection.open(realtime);
        while (!signal.aborted && !connection.closed) {
          void connection.write(poll);
          await connection.readTimes("HTTP/1.1 ", 16);
        }
      });
    },
  },
  {
    name: "Upgrade to h2c and to nothing known, 32 at once",
    token: "none",
    async run({ endpoints, signal }) {
      await loop(32, signal, async (lane) => {
        const connection = await RawConnection.open(endpoints.realtime);
        const request = upgradeRequest(endpoints.realtime, { Upgrade: lane % 2 ? "h2c" : "nothing" });
        void connection.write(request);
        await Promise.race([connection.readUntil(/\r\n\r\n/), untilAborted(AbortSignal.timeout(1_000))]);
        connection.close();
      });
    },
  },
];

function unread(name: string, sockets: number, chunk: Buffer): Attack {
  return {
    name,
    token: "none",
    holds: true,
    async run({ endpoints, signal }) {
      await loop(sockets, signal, async () => {
        const connection = await openWebSocket(endpoints.realtime);
        keepAlive(connection, signal);
        await connection.flood(chunk, signal);
      });
    },
  };
}
