import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { newEnvelope, until, WireUser } from "@dumbwaiter/wire-user";
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
    const key = { "Idempotency-Key": uuidv7() };

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
    const received: string[] = [];
    const first = await bob.socket();
    first.on("message", ({ id }) => received.push(id));
    await new Promise((resolve) => first.once("queue:empty", resolve));
    const id = await alice.send(bob);
    await until(
      () => received.length,
      (count) => count === 1,
    );
    first.disconnect();
    const second = await bob.socket();
    second.on("message", (message) => received.push(message.id));
    await until(
      () => received.length,
      (count) => count === 2,
    );
    second.disconnect();
    expect([...received, ...(await bob.pull()).messages.map((message) => message.id)]).toEqual([id, id, id]);
  });
});
