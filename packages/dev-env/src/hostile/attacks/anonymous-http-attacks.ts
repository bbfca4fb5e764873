import { randomBytes, randomUUID } from "node:crypto";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { type Attack, type AttackContext, loop, times, untilAborted } from "../attack.ts";
import { RawConnection } from "../raw-connection.ts";
import { httpRequest } from "../raw-http.ts";
import { answered, flooding, oneByteChunks } from "./http-floods.ts";

/** Envelopes of base64 that stay below the default limit. */
const LARGE_BYTES = 180_000;

/** Sends with access keys that nobody gave. */
export const ANONYMOUS_HTTP_ATTACKS: readonly Attack[] = [
  {
    ...flooding("sends of 250 KB with a made-up access key, 32 connections", 32, async (context) =>
      sendOf(context, LARGE_BYTES),
    ),
    token: "none",
  },
  {
    ...answered("sends with one made-up access key, 64 connections, 16 in flight", 64, 16, async (context) =>
      sendOf(context, 24),
    ),
    token: "none",
  },
  {
    name: "sends with made-up access keys to made-up users, 64 connections that read",
    token: "none",
    async run(context) {
      const next = () => Array.from({ length: 8 }, () => sendOf(context, 24)).join("");
      await loop(64, context.signal, async () => {
        const connection = (await RawConnection.open(context.endpoints.api)).drain();
        await connection.flood(next, context.signal);
      });
    },
  },
  {
    ...flooding("250 KB of brackets with an access key, 32 connections", 32, async ({ endpoints: { api } }) =>
      httpRequest(api, "POST", "/api/send", accessKey(), "[".repeat(250_000)),
    ),
    token: "none",
  },
  {
    name: "bodies of 250 KB with an access key and without their last byte, 600 connections",
    token: "none",
    holds: true,
    async run(context) {
      const request = sendOf(context, LARGE_BYTES).slice(0, -1);
      await times(600, async () => (await RawConnection.open(context.endpoints.api)).write(request));
      await untilAborted(context.signal);
    },
  },
  {
    name: "chunks of one byte with an access key, 16 connections",
    token: "none",
    run: (context) => oneByteChunks(context, accessKey()),
  },
];

const accessKey = () => ({ "Access-Key": randomBytes(32).toString("base64") });

function sendOf({ endpoints }: AttackContext, bytes: number): string {
  const envelope = newEnvelope(new WireUser(randomUUID(), endpoints), bytes);
  return httpRequest(endpoints.api, "POST", "/api/send", accessKey(), JSON.stringify(envelope));
}
