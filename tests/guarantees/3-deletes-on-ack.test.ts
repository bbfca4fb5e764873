import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { nextMessage, until, untilLive, WireUser } from "@dumbwaiter/wire-user";
// Bare: it needs to know when an ack over a socket is answered.
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("guarantee 3: deletes only on ack or expiry", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  it("keeps what was pulled or received until it is acknowledged", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new WireUser("bob", embedded)];
    const client = bob.connect();
    await untilLive(client);
    const id = await alice.send(bob);
    expect((await nextMessage(client)).id).toBe(id);
    await client.close();
    await embedded.kill();
    await embedded.restart();
    for (let pull = 0; pull < 2; pull += 1) {
      expect((await bob.pull()).messages.map((message) => message.id)).toEqual([id]);
    }
  });

  it("has deleted durably once it answers an ack, over HTTP and over a socket", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new BareUser("bob-2", embedded)];
    const ids = [await alice.send(bob), await alice.send(bob), await alice.send(bob)] as const;
    await until(
      () => bob.pull(),
      ({ messages }) => messages.length === 3,
    );
    await bob.ack([ids[0]]);
    const socket = await bob.socket();
    expect(await socket.emitWithAck("ack", { messageIds: [ids[1]] })).toEqual({ ok: true });
    await embedded.kill();
    socket.disconnect();
    await embedded.restart();
    expect((await bob.pull()).messages.map(({ id }) => id)).toEqual([ids[2]]);
  });

  it("keeps a copy for each device, which another device's ack does not delete", async () => {
    const alice = new WireUser("alice", embedded);
    const [phone, laptop] = ["phone", "laptop"].map((id) => new WireUser("bob-3", embedded).device(id)) as [
      WireUser,
      WireUser,
    ];
    await Promise.all([phone.pull(), laptop.pull()]);
    const id = await alice.send(phone);
    await until(
      () => phone.pull(),
      ({ messages }) => messages.length === 1,
    );
    await phone.ack([id]);
    expect((await phone.pull()).messages).toEqual([]);
    expect((await laptop.pull()).messages.map((message) => message.id)).toEqual([id]);
  });
});
