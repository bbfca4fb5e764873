import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { nextMessage, until, untilLive, WireUser } from "@dumbwaiter/wire-user";
// Bare: stock clients that reconnect by themselves, or acknowledge over HTTP alone, as the SDK never does.
import { BareUser, nextEvent, type WireMessage } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("guarantee 4: nothing gets stuck", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  it("delivers a message to a connected client within a second", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new WireUser("bob", embedded)];
    const client = bob.connect();
    await untilLive(client);
    const delays: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const received = nextMessage(client);
      const id = await alice.send(bob);
      const answeredAt = performance.now();
      expect((await received).id).toBe(id);
      delays.push(performance.now() - answeredAt);
    }
    // The median: a busy machine may delay one or two of them, and one or two may be fast by chance if they wait for a
    // slow poll.
    const [, , median] = delays.sort((a, b) => a - b);
    expect(median).toBeLessThan(1000);
    await client.close();
  });

  it("delivers everything to a client that acknowledges only over HTTP", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new BareUser("bob-2", embedded)];
    const sent = new Set(await sendMany(alice, bob, 600));
    const socket = await bob.socket();
    const received = new Set<string>();
    let unacked: string[] = [];
    socket.on("message", ({ id }: WireMessage) => {
      received.add(id);
      unacked.push(id);
    });
    await until(
      async () => {
        const ids = unacked.splice(0, 500);
        if (ids.length > 0) await bob.ack(ids);
        return received.size;
      },
      (count) => count === sent.size,
    );
    unacked = [];
    expect(received).toEqual(sent);
    socket.disconnect();
  });

  it("delivers to a stock client, after it reconnects, what was sent while the process was down", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new BareUser("bob-3", embedded)];
    const socket = await bob.socket({ reconnectionDelay: 100, reconnectionDelayMax: 500 });
    const received = new Set<string>();
    socket.on("message", ({ id }: WireMessage) => received.add(id));
    await nextEvent(socket, "queue:empty");
    await embedded.kill();
    await embedded.restart();
    const ids = await sendMany(alice, bob, 20);
    await until(
      () => received.size,
      (count) => count === ids.length,
    );
    expect(received).toEqual(new Set(ids));
    socket.disconnect();
  });
});

async function sendMany(from: WireUser, to: WireUser, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => from.send(to)));
}
