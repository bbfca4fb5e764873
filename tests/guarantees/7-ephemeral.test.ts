import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { nextMessage, until, untilLive, WireUser } from "@dumbwaiter/wire-user";
// Bare: a client that acknowledges nothing.
import { BareUser, nextEvent } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("guarantee 7: ephemeral messages go to connected devices or nowhere", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  it("are delivered to connected devices, and never stored", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new WireUser("bob", embedded)];
    const client = bob.connect();
    await untilLive(client);
    const id = await alice.send(bob, { isEphemeral: true });
    expect(await nextMessage(client)).toMatchObject({ id, envelope: { isEphemeral: true } });
    expect((await bob.pull()).messages).toEqual([]);
    await client.close();
  });

  it("are dropped for other devices", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new WireUser("bob-2", embedded)];
    await alice.send(bob, { isEphemeral: true });
    const kept = await alice.send(bob);
    const { messages } = await until(
      () => bob.pull(),
      (page) => page.messages.length > 0,
    );
    expect(messages.map(({ id }) => id)).toEqual([kept]);
  });

  it("do not use up the window: more than 256 arrive without an ack", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new BareUser("bob-3", embedded)];
    const socket = await bob.socket();
    let received = 0;
    socket.on("message", () => {
      received += 1;
    });
    await nextEvent(socket, "queue:empty");
    await Promise.all(Array.from({ length: 300 }, () => alice.send(bob, { isEphemeral: true })));
    await until(
      () => received,
      (count) => count === 300,
    );
    socket.disconnect();
  });
});
