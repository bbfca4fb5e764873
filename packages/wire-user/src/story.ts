import assert from "node:assert/strict";
import type { Client, HttpClient, Message } from "@dumbwaiter/client";
import { type Endpoints, newEnvelope, nextMessage, until, untilLive, WireUser } from "./wire-user.ts";

/** Prints one step of the story, which is a smoke test that says what it does. */
export type Say = (line: string) => void;

/** How long the client may take to have its acknowledgements confirmed: a busy machine may be slow. */
const FLUSH_TIMEOUT_MS = 30_000;

/**
 * The smoke test: sends to an offline recipient, then to a connected one; each message is deleted when it is acknowledged.
 *
 * @throws if a step fails
 */
export async function tellDelivery(endpoints: Endpoints, say: Say): Promise<void> {
  const { alice, bob } = newUsers(endpoints);
  const [sender, puller] = [alice.httpClient(), bob.httpClient()];

  say("Bob is offline. Alice sends:");
  const queued = await sender.send(newEnvelope(bob));
  say(`  POST /api/send → 202 ${queued.id}`);
  const { messages } = await until(
    () => puller.pull(),
    (page) => page.messages.length > 0,
  );
  say("Bob comes and pulls:");
  say(`  GET /api/messages → ${JSON.stringify(messages[0])}`);
  assert.equal(messages[0]?.id, queued.id);
  await puller.ack([queued.id]);
  say("  POST /api/messages/ack → 204");
  await tellEmpty(puller, say);

  say("Bob connects. Alice sends:");
  await whileConnected(bob, async (client) => {
    await untilLive(client);
    say("  live: nothing is queued");
    const startedAt = performance.now();
    const live = nextMessage(client).then((message) => ({
      message,
      afterMs: Math.round(performance.now() - startedAt),
    }));
    const [sent, { message, afterMs }] = await Promise.all([sender.send(newEnvelope(bob)), live]);
    say(`  POST /api/send → 202 ${sent.id}`);
    say(`  message → ${message.id}, ${afterMs} ms after the send began`);
    assert.equal(message.id, sent.id);
    await tellAck(message, say);
  });
  await tellEmpty(puller, say);
}

/**
 * Kills the process that holds the message as soon as the sender has the 202, and restarts it.
 *
 * @throws if a step fails
 */
export async function tellKill(
  endpoints: Endpoints,
  say: Say,
  killAndRestart: () => Promise<string>,
): Promise<void> {
  const { alice, bob } = newUsers(endpoints);
  say("Bob is offline. Alice sends, and kill -9 follows right after the 202:");
  const { id } = await alice.httpClient().send(newEnvelope(bob));
  say(`  POST /api/send → 202 ${id}`);
  say(`  ${await killAndRestart()}`);
  await whileConnected(bob, async (client) => {
    const message = await nextMessage(client);
    assert.equal(message.id, id);
    say(`  message → ${id}, the same`);
    await tellAck(message, say);
  });
  await tellEmpty(bob.httpClient(), say);
}

async function tellEmpty(client: HttpClient, say: Say): Promise<void> {
  const page = await client.pull();
  say(`  GET /api/messages → ${JSON.stringify(page)}`);
  assert.equal(page.messages.length, 0);
}

async function tellAck(message: Message, say: Say): Promise<void> {
  await message.ack();
  say("  message.ack()");
}

async function whileConnected(user: WireUser, use: (client: Client) => Promise<void>): Promise<void> {
  const client = user.connect();
  try {
    await use(client);
  } finally {
    await client.close({ timeoutMs: FLUSH_TIMEOUT_MS });
  }
}

/** New names for each run, because an earlier one may have left messages queued. */
function newUsers(endpoints: Endpoints): { alice: WireUser; bob: WireUser } {
  const run = Date.now().toString(36);
  return { alice: new WireUser(`alice-${run}`, endpoints), bob: new WireUser(`bob-${run}`, endpoints) };
}
