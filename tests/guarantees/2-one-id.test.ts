import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { newEnvelope, nextMessage, until, untilLive, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { v7 as uuidv7 } from "uuid";

describe("guarantee 2: one id, which never changes", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  it("keeps one message per key and sender, also across a kill", async () => {
    const [alice, mallory, bob] = ["alice", "mallory", "bob"].map((name) => new WireUser(name, embedded)) as [
      WireUser,
      WireUser,
      WireUser,
    ];
    const envelope = newEnvelope(bob);
    const key = { idempotencyKey: uuidv7() };

    const first = await alice.send(bob, envelope, key);
    const again = await alice.send(bob, envelope, key);
    await embedded.kill();
    await embedded.restart();
    const later = await alice.send(bob, envelope, key);
    const others = await mallory.send(bob, envelope, key);

    expect([again, later]).toEqual([first, first]);
    expect(others).not.toBe(first);
    const { messages } = await until(
      () => bob.pull(),
      (page) => page.messages.some(({ id }) => id === others),
    );
    expect(messages.map(({ id }) => id).toSorted()).toEqual([first, others].toSorted());
  });

  it("delivers a message with the same id live, in a pull and after a reconnect", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new WireUser("bob-2", embedded)];
    const live = bob.connect();
    await untilLive(live);
    const id = await alice.send(bob);
    const first = await nextMessage(live);
    await live.close();
    const reconnected = bob.connect();
    const second = await nextMessage(reconnected);
    await reconnected.close();
    const received = [first, second, ...(await bob.pull()).messages];
    expect(received.map((message) => message.id)).toEqual([id, id, id]);
  });
});
