import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { until, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const MESSAGES = 1000;
const USERS = 10;
const SENDERS = 32;

describe("guarantee 1: 202 means durable", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded();
  });
  afterAll(() => embedded.stop());

  it("delivers every message with a 202 although the process is killed in between", async () => {
    const sender = new WireUser("sender", embedded);
    const recipients = Array.from(
      { length: USERS },
      (_, index) => new WireUser(`recipient-${index}`, embedded),
    );
    const accepted = recipients.map(() => new Set<string>());

    let next = 0;
    let restarted: Promise<void> | undefined;
    const sendAll = async () => {
      for (let index = next++; index < MESSAGES; index = next++) {
        if (index === MESSAGES / 2) restarted = embedded.kill().then(() => embedded.restart());
        const to = index % USERS;
        accepted[to]?.add(await sender.send(recipients[to] as WireUser));
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sendAll));
    await restarted;

    expect(accepted.reduce((sum, ids) => sum + ids.size, 0)).toBe(MESSAGES);
    for (const [index, recipient] of recipients.entries()) {
      const wanted = [...(accepted[index] as Set<string>)];
      await until(
        async () => new Set((await recipient.pull()).messages.map(({ id }) => id)),
        (ids) => wanted.every((id) => ids.has(id)),
      );
    }
  });

  it("answers 202 only once the message survives a kill", async () => {
    const [sender, recipient] = [new WireUser("sender", embedded), new WireUser("late", embedded)];
    const ids: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      ids.push(await sender.send(recipient));
      await embedded.kill();
      await embedded.restart();
    }
    const page = await until(
      () => recipient.pull(),
      ({ messages }) => messages.length >= ids.length,
    );
    expect(page.messages.map(({ id }) => id)).toEqual(ids);
  });
});
