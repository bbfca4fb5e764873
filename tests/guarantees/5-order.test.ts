import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { until, WireUser } from "@dumbwaiter/wire-user";
// Bare: it counts duplicates on the wire, and what is unacknowledged there.
import { BareUser, nextEvent, type WireMessage } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const QUEUED = 2000;
const MEANWHILE = 500;
const MAX_UNACKED = 256;

describe("guarantee 5: order", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  it("sends 2,000 queued messages in order, never over 256 unacked, and misses none of 500 sent meanwhile", async () => {
    const alice = new WireUser("alice", embedded);
    // Two devices get the same messages in the same order: one tells the order, the other is the one tested.
    const [witness, bob] = ["witness", "live"].map((id) => new BareUser("bob", embedded).device(id)) as [
      BareUser,
      BareUser,
    ];
    await Promise.all([witness.pull(), bob.pull()]);
    await sendMany(alice, bob, QUEUED);
    const queued = await drain(witness, QUEUED);

    const socket = await bob.socket();
    const received: string[] = [];
    const unacked = new Set<string>();
    let most = 0;
    socket.on("message", ({ id }: WireMessage) => {
      received.push(id);
      unacked.add(id);
      most = Math.max(most, unacked.size);
      setImmediate(() => {
        unacked.delete(id);
        socket.emit("ack", { messageIds: [id] }, () => undefined);
      });
    });
    const empty = nextEvent(socket, "queue:empty");
    const meanwhile = await sendMany(alice, bob, MEANWHILE);
    await empty;
    await until(
      () => new Set(received).size,
      (count) => count === QUEUED + MEANWHILE,
    );

    const fromBacklog = new Set(queued);
    const firstTimes = [...new Set(received)];
    expect(firstTimes.filter((id) => fromBacklog.has(id))).toEqual(queued);
    expect(new Set(firstTimes)).toEqual(new Set([...queued, ...meanwhile]));
    expect(most).toBeLessThanOrEqual(MAX_UNACKED);
    socket.disconnect();
  });

  it("stops at 256 while nothing is acknowledged", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new BareUser("bob-2", embedded)];
    const sent = await sendMany(alice, bob, MAX_UNACKED + 50);
    await until(
      () => bob.pull(),
      ({ messages }) => messages.length === sent.length,
    );
    const socket = await bob.socket();
    let received = 0;
    socket.on("message", () => {
      received += 1;
    });
    await until(
      () => received,
      (count) => count === MAX_UNACKED,
    );
    // A round trip behind whatever the node may have sent beyond its window.
    await socket.emitWithAck("pull", { limit: 1 });
    expect(received).toBe(MAX_UNACKED);
    socket.disconnect();
  });
});

/** Pulls and acknowledges until so many have come; the order is that of storing. */
async function drain(user: WireUser, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const page = (await user.pull()).messages.map(({ id }) => id);
    await user.ack(page);
    ids.push(...page);
  }
  return ids;
}

/** Sends a hundred at once: `fetch` opens a connection for each, on which a request must come within 10 s. */
async function sendMany(from: WireUser, to: WireUser, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const sends = Array.from({ length: Math.min(100, count - ids.length) }, () => from.send(to));
    ids.push(...(await Promise.all(sends)));
  }
  return ids;
}
