import assert from "node:assert/strict";
import type { Socket } from "socket.io-client";
import { type Endpoints, nextEvent, until, type WireMessage, WireUser } from "./wire-user.ts";

/** Prints one step of the story, which is a smoke test that says what it does. */
export type Say = (line: string) => void;

const ACK_TIMEOUT_MS = 30_000;

/**
 * The smoke test: sends to an offline recipient, then to a connected one; each message is deleted when it is acknowledged.
 *
 * @throws if a step fails
 */
export async function tellDelivery(endpoints: Endpoints, say: Say): Promise<void> {
  const { alice, bob } = newUsers(endpoints);

  say("Bob is offline. Alice sends:");
  const queuedId = await alice.send(bob);
  say(`  POST /api/send → 202 ${queuedId}`);
  const { messages } = await until(
    () => bob.pull(),
    (page) => page.messages.length > 0,
  );
  say("Bob comes and pulls:");
  say(`  GET /api/messages → ${JSON.stringify(messages[0])}`);
  assert.equal(messages[0]?.id, queuedId);
  await bob.ack([queuedId]);
  say("  POST /api/messages/ack → 204");
  await tellEmpty(bob, say);

  say("Bob connects. Alice sends:");
  await withSocket(bob, async (socket) => {
    await nextEvent(socket, "queue:empty");
    say("  queue:empty");
    const startedAt = performance.now();
    const live = nextEvent<WireMessage>(socket, "message").then((message) => ({
      ...message,
      afterMs: Math.round(performance.now() - startedAt),
    }));
    const [sentId, { id, afterMs }] = await Promise.all([alice.send(bob), live]);
    say(`  POST /api/send → 202 ${sentId}`);
    say(`  message → ${id}, ${afterMs} ms after the send began`);
    assert.equal(id, sentId);
    await tellAck(socket, id, say);
  });
  await tellEmpty(bob, say);
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
  const sentId = await alice.send(bob);
  say(`  POST /api/send → 202 ${sentId}`);
  say(`  ${await killAndRestart()}`);
  await withSocket(bob, async (socket) => {
    const { id } = await nextEvent<WireMessage>(socket, "message");
    assert.equal(id, sentId);
    say(`  message → ${id}, the same`);
    await tellAck(socket, id, say);
  });
}

async function tellEmpty(user: WireUser, say: Say): Promise<void> {
  const page = await user.pull();
  say(`  GET /api/messages → ${JSON.stringify(page)}`);
  assert.equal(page.messages.length, 0);
}

async function tellAck(socket: Socket, id: string, say: Say): Promise<void> {
  const answer = await socket.timeout(ACK_TIMEOUT_MS).emitWithAck("ack", { messageIds: [id] });
  say(`  ack → ${JSON.stringify(answer)}`);
  assert.equal(answer.ok, true);
}

async function withSocket(user: WireUser, use: (socket: Socket) => Promise<void>): Promise<void> {
  const socket = await user.socket();
  try {
    await use(socket);
  } finally {
    socket.disconnect(); // otherwise it keeps the process alive
  }
}

/** New names for each run, because an earlier one may have left messages queued. */
function newUsers(endpoints: Endpoints): { alice: WireUser; bob: WireUser } {
  const run = Date.now().toString(36);
  return { alice: new WireUser(`alice-${run}`, endpoints), bob: new WireUser(`bob-${run}`, endpoints) };
}
