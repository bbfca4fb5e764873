// A bot that answers each message: `node bot.mjs`. Send to it as examples/curl does, or from the demo page.
import { connect, userUrn } from "@dumbwaiter/client";
import { fileStore } from "@dumbwaiter/client/file-store";

const url = process.env.DUMBWAITER_URL ?? "http://127.0.0.1:8080";
const realtimeUrl = process.env.DUMBWAITER_REALTIME_URL ?? url;
const tokenUrl = process.env.DUMBWAITER_TOKEN_URL ?? `${url}/dev/token`;
const name = process.env.BOT_NAME ?? "bot";

/** Ask your own issuer here. */
async function token() {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(tokenUrl, { method: "POST", headers, body: JSON.stringify({ user: name }) });
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  return (await response.json()).token;
}

// The router must not be able to read the text: seal it for the recipient here. Who wrote is in what is sealed.
function seal(recipient, letter) {
  const encode = (text) => Buffer.from(text).toString("base64");
  return {
    recipientId: userUrn(recipient),
    encryptedData: encode(JSON.stringify(letter)),
    encryptedSymmetricKey: encode("sealed key"),
  };
}

/** @returns undefined for what is no letter */
function open({ encryptedData }) {
  try {
    const { from, text } = JSON.parse(Buffer.from(encryptedData, "base64").toString());
    return typeof from === "string" && typeof text === "string" ? { from, text } : undefined;
  } catch {
    return undefined;
  }
}

/** The message's own ID as the key: then there is one answer, even if the bot ends before it acknowledges. */
function keyFor(id) {
  const sentAt = Number.parseInt(id.replace("-", "").slice(0, 12), 16);
  return Date.now() - sentAt < 23 * 3600_000 ? { idempotencyKey: id } : {}; // a key is valid for a day
}

const store = fileStore(`${name}.store`); // what was acknowledged is not handed over again, not even after a restart
const client = connect({ url, realtimeUrl, token, store });
client.on("state", ({ state, reason = "" }) => console.log(state, reason));
client.on("error", ({ code, message }) => console.log("error", code, message));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => client.close());

for await (const message of client.messages()) {
  const letter = open(message.envelope);
  if (letter) {
    const answer = seal(letter.from, { from: name, text: `You wrote: ${letter.text}` });
    try {
      const { id } = await client.send(answer, keyFor(message.id));
      console.log("answered", message.id, "with", id);
    } catch (error) {
      if (error.retryable || error.code === "closed") throw error; // and so not acknowledged: it comes again
      console.log("refused", message.id, error.code);
    }
  }
  await message.ack();
}
