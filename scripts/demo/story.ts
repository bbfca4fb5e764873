import { type Endpoints, nextEvent, until, type WireMessage, WireUser } from "../../tests/wire/wire-user.ts";

/** Prints one step of the story. */
export type Say = (line: string) => void;

/** Sends to a recipient who is away, then to one who is connected; each message goes when it is acknowledged. */
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
  await bob.ack([queuedId]);
  say("  POST /api/messages/ack → 204");
  say(`  GET /api/messages → ${JSON.stringify(await bob.pull())}`);

  say("Bob connects. Alice sends:");
  const socket = await bob.socket();
  await nextEvent(socket, "queue:empty");
  say("  queue:empty");
  const live = nextEvent<WireMessage>(socket, "message");
  const startedAt = performance.now();
  say(`  POST /api/send → 202 ${await alice.send(bob)}`);
  const { id } = await live;
  say(`  message → ${id}, ${Math.round(performance.now() - startedAt)} ms after the send began`);
  say(`  ack → ${JSON.stringify(await socket.emitWithAck("ack", { messageIds: [id] }))}`);
  say(`  GET /api/messages → ${JSON.stringify(await bob.pull())}`);
  socket.disconnect();
}

/** Kills what holds the message as soon as the sender has the 202, and starts it again. */
export async function tellKill(
  endpoints: Endpoints,
  say: Say,
  killAndRestart: () => Promise<string>,
): Promise<void> {
  const { alice, bob } = newUsers(endpoints);
  say("Bob is offline. Alice sends, and right after the 202 comes kill -9:");
  const sentId = await alice.send(bob);
  say(`  POST /api/send → 202 ${sentId}`);
  say(`  ${await killAndRestart()}`);
  const socket = await bob.socket();
  const { id } = await nextEvent<WireMessage>(socket, "message");
  if (id !== sentId) throw new Error(`expected ${sentId}, received ${id}`);
  say(`  message → ${id}, the same`);
  say(`  ack → ${JSON.stringify(await socket.emitWithAck("ack", { messageIds: [id] }))}`);
  socket.disconnect();
}

/** Fresh names for each run: an earlier one may have left something queued. */
function newUsers(endpoints: Endpoints): { alice: WireUser; bob: WireUser } {
  const run = Date.now().toString(36);
  return { alice: new WireUser(`alice-${run}`, endpoints), bob: new WireUser(`bob-${run}`, endpoints) };
}
