import { type Attack, type AttackContext, loop, times, untilAborted } from "../attack.ts";
import { upgradeRequest } from "../join-web-socket.ts";
import { RawConnection } from "../raw-connection.ts";
import { httpRequest } from "../raw-http.ts";
import { answered, flooding, oneByteChunks } from "./http-floods.ts";

const BUNDLE = "/docs/swagger-ui-bundle.js";

/** Without a token. */
export const HTTP_ATTACKS: readonly Attack[] = [
  pipelined("1,500 pipelined GETs of a file of /docs, 20 connections", 20, 1_500, "GET", BUNDLE),
  pipelined("1,500 pipelined GETs of /openapi.json, 20 connections", 20, 1_500, "GET", "/openapi.json"),
  pipelined("1,500 pipelined HEADs, 20 connections", 20, 1_500, "HEAD", BUNDLE),
  pipelined("1,500 pipelined OPTIONS, 20 connections", 20, 1_500, "OPTIONS", "/api/send"),
  pipelined("1,500 pipelined refusals (401), 20 connections", 20, 1_500, "GET", "/api/messages"),
  {
    name: "GETs of unknown paths, 32 connections that read",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      let paths = 0;
      const next = () => Array.from({ length: 20 }, () => httpRequest(api, "GET", `/x${paths++}`)).join("");
      await loop(32, signal, async () => (await RawConnection.open(api)).drain().flood(next, signal));
    },
  },
  {
    name: "GETs with bad tokens and unknown keys, 32 connections that read",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      let kids = 0;
      const next = () => {
        const head = Buffer.from(JSON.stringify({ alg: "ES256", kid: `k${kids++}` })).toString("base64url");
        return httpRequest(api, "GET", "/api/messages", { Authorization: `Bearer ${head}.e30.AAAA` });
      };
      await loop(32, signal, async () => (await RawConnection.open(api)).drain().flood(next, signal));
    },
  },
  anonymous("GETs of a file of /docs, 32 connections that read, 4 in flight", 32, 4, "GET", BUNDLE),
  anonymous("GETs of /openapi.json, 32 connections that read, 16 in flight", 32, 16, "GET", "/openapi.json"),
  anonymous("OPTIONS, 64 connections that read, 16 in flight", 64, 16, "OPTIONS", "/api/send"),
  anonymous("refusals (404), 64 connections that read, 16 in flight", 64, 16, "GET", "/nothing"),
  anonymous("refusals (401), 500 connections that read, 1 in flight", 500, 1, "GET", "/api/messages"),
  {
    ...answered(
      "tokens of the development issuer, 32 connections, 16 in flight",
      32,
      16,
      issuing({ user: "m" }),
    ),
    token: "none",
  },
  {
    ...flooding(
      "bodies of 90 KB for the development issuer, 32 connections",
      32,
      issuing(Array(45_000).fill(1)),
    ),
    token: "none",
  },
  {
    name: "headers of 15 KB, 32 connections that read",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`h${index}`, "1"]));
      const request = httpRequest(api, "GET", "/api/messages", many);
      await loop(32, signal, async () => (await RawConnection.open(api)).drain().flood(request, signal));
    },
  },
  {
    name: "headers that trickle, 500 connections",
    token: "none",
    holds: true,
    async run({ endpoints: { api }, signal }) {
      const request = httpRequest(api, "GET", "/openapi.json", { A: "a".repeat(1_000) });
      await times(500, async () => (await RawConnection.open(api)).trickle(request, 500, signal));
    },
  },
  {
    name: "bodies of 256 KB without their last byte, 600 connections",
    token: "none",
    holds: true,
    async run({ endpoints: { api }, signal }) {
      const request = httpRequest(api, "POST", "/api/send", {}, "a".repeat(250_000)).slice(0, -1);
      await times(600, async () => (await RawConnection.open(api)).write(request));
      await untilAborted(signal);
    },
  },
  {
    name: "Expect: 100-continue and no body, 1,000 connections",
    token: "none",
    holds: true,
    async run({ endpoints: { api }, signal }) {
      const headers = {
        Expect: "100-continue",
        "Content-Length": "1000",
        "Content-Type": "application/json",
      };
      const request = httpRequest(api, "POST", "/api/send", headers);
      await times(1_000, async () => (await RawConnection.open(api)).write(request));
      await untilAborted(signal);
    },
  },
  {
    name: "3,000 idle connections",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      await times(3_000, () => RawConnection.open(api));
      await untilAborted(signal);
    },
  },
  {
    name: "connections opened and closed, 64 at once",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      await loop(64, signal, async () => (await RawConnection.open(api)).close());
    },
  },
  {
    name: "3,000 connections idle after one request",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      const request = httpRequest(api, "GET", "/openapi.json");
      await times(3_000, async () => {
        const connection = await RawConnection.open(api);
        await connection.write(request);
        await connection.readUntil(/"openapi"/);
      });
      await untilAborted(signal);
    },
  },
  {
    name: "requests byte by byte, 64 connections",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      const request = httpRequest(api, "GET", "/openapi.json", { A: "a".repeat(8_000) });
      await loop(64, signal, async () => {
        const connection = (await RawConnection.open(api)).drain();
        await connection.trickle(request, 0, signal);
        connection.close();
      });
    },
  },
  {
    name: "tokens with a wrong signature, on a new connection each, 32 at once",
    token: "one",
    async run({ endpoints: { api }, signal, user }) {
      const [head, claims] = (await user().token()).split(".");
      const Authorization = `Bearer ${head}.${claims}.${"A".repeat(86)}`;
      const request = httpRequest(api, "GET", "/api/messages", { Authorization });
      await loop(32, signal, async () => {
        const connection = await RawConnection.open(api);
        void connection.write(request);
        await connection.readUntil(/HTTP\/1\.1 /);
        connection.close();
      });
    },
  },
  {
    name: "upgrades to a WebSocket at the api, 32 at once",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      await loop(32, signal, async () => {
        const connection = await RawConnection.open(api);
        void connection.write(upgradeRequest(api));
        await connection.readUntil(/HTTP\/1\.1 /);
        connection.close();
      });
    },
  },
  {
    name: "chunks of one byte with extensions, 16 connections",
    token: "none",
    async run({ endpoints: { api }, signal }) {
      const headers = { "Transfer-Encoding": "chunked", "Content-Type": "application/json" };
      const chunks = `1;${"e".repeat(1_000)}\r\na\r\n`.repeat(50);
      await loop(16, signal, async () => {
        const connection = (await RawConnection.open(api)).drain();
        await connection.write(httpRequest(api, "POST", "/api/send", headers));
        await connection.flood(chunks, signal);
      });
    },
  },
  {
    name: "chunks of one byte without a token, 16 connections",
    token: "none",
    run: (context) => oneByteChunks(context, {}),
  },
];

function issuing(body: unknown) {
  return async ({ endpoints: { issuer } }: AttackContext) =>
    httpRequest(issuer, "POST", "/dev/token", {}, JSON.stringify(body));
}

/** As {@link answered}, without a token. */
function anonymous(
  name: string,
  connections: number,
  inFlight: number,
  method: string,
  path: string,
): Attack {
  const request = async ({ endpoints: { api } }: AttackContext) => httpRequest(api, method, path);
  return { ...answered(name, connections, inFlight, request), token: "none" };
}

/** Answers stay unread; once the peer takes no more requests, the connection is closed and opened again. */
function pipelined(
  name: string,
  connections: number,
  requests: number,
  method: string,
  path: string,
): Attack {
  return {
    name,
    token: "none",
    async run({ endpoints: { api }, signal }) {
      const chunk = httpRequest(api, method, path).repeat(requests);
      await loop(connections, signal, async () => {
        const connection = await RawConnection.open(api);
        const second = AbortSignal.timeout(1_000);
        await Promise.race([connection.write(chunk), untilAborted(second)]);
        await untilAborted(AbortSignal.any([signal, second]));
        connection.close();
      });
    },
  };
}
