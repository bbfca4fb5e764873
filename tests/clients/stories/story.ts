/** Send, pull, acknowledge, retry, send with an access key, and a refusal, with the client that openapi-typescript and openapi-fetch make. */
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const { URL: baseUrl = "", ALICE = "", BOB = "", ACCESS_KEY = "", RECIPIENT = "", KEY = "" } = process.env;
const clientWith = (headers: Record<string, string>) => createClient<paths>({ baseUrl, headers });
const clientOf = (token: string) => clientWith({ Authorization: `Bearer ${token}` });
const [alice, bob] = [clientOf(ALICE), clientOf(BOB)];
const anybody = clientWith({ "Access-Key": ACCESS_KEY });

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const send = async (from: typeof alice, recipientId: string) =>
  await from.POST("/api/send", {
    params: { header: { "Idempotency-Key": KEY } },
    body: { recipientId, encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" },
  });

const { data: accepted } = await send(alice, RECIPIENT);
check(accepted !== undefined, "the message is accepted");

let page = (await bob.GET("/api/messages", { params: { query: { limit: 10 } } })).data;
for (let attempt = 0; page?.messages.length === 0 && attempt < 100; attempt += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  page = (await bob.GET("/api/messages")).data;
}
const [message] = page?.messages ?? [];
check(message?.id === accepted.id, "the message is in the queue");
const priority: number | undefined = message.envelope.priority;
check(message.envelope.encryptedData === "AEBD" && priority === undefined, "the envelope is unchanged");

const acked = await bob.POST("/api/messages/ack", { body: { messageIds: [message.id] } });
check(acked.response.status === 204, "the message is acknowledged");
check((await bob.GET("/api/messages")).data?.messages.length === 0, "the queue is empty");

check((await send(alice, RECIPIENT)).data?.id === accepted.id, "a retry has the same ID");
const { data: anonymous } = await send(anybody, RECIPIENT);
check(anonymous !== undefined, "the access key is accepted");

const { error } = await send(alice, "nobody");
const code: string | undefined = error?.code;
check(code === "invalid_envelope" && error?.path === "recipientId", "an error has a code and a path");
process.stdout.write(`${accepted.id} ${anonymous.id}`);
