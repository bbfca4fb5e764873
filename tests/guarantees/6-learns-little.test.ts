import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { newEnvelope, until, WireUser } from "@dumbwaiter/wire-user";
// Bare: it sends what is refused, and sends over a socket.
import { BareUser, nextEvent, type WireMessage } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("guarantee 6: the router learns little", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded({ LOG_LEVEL: "trace" });
  });
  afterAll(() => embedded.stop());

  it("keeps no sender anywhere, and no payload or token in logs and metrics", async () => {
    const sender = new BareUser("sender-who-is-never-named", embedded);
    const bob = new BareUser("bob", embedded);
    const envelope = newEnvelope(bob, 60);
    await sender.send(bob, envelope);
    await sender.call("POST", "/api/send", { ...envelope, recipientId: "nobody" });
    await sender.call("POST", "/api/send", { ...envelope, sender: sender.urn });
    await until(
      () => bob.pull(),
      ({ messages }) => messages.length === 1,
    );
    const socket = await sender.socket();
    expect(await socket.emitWithAck("send", newEnvelope(bob))).toMatchObject({ ok: true });
    socket.disconnect();
    const receiver = await bob.socket();
    const { id } = await nextEvent<WireMessage>(receiver, "message");
    await receiver.emitWithAck("ack", { messageIds: [id] });
    receiver.disconnect();

    const metrics = await (await fetch(`${embedded.admin}/metrics`)).text();
    expect(metrics).toContain("dumbwaiter_");
    const log = await embedded.log(Number.MAX_SAFE_INTEGER);
    expect(log).not.toBe("");
    for (const secret of [
      envelope.encryptedData,
      envelope.signature,
      await sender.token(),
      await bob.token(),
    ]) {
      expect(log).not.toContain(secret);
      expect(metrics).not.toContain(secret);
    }
    expect(log).not.toContain(sender.name);
    expect(metrics).not.toContain(sender.name);
    expect(metrics).not.toContain("bob");
  });

  it("stores nothing about a user who only sends", async () => {
    const sender = new WireUser("sends-and-is-forgotten", embedded);
    const bob = new WireUser("bob", embedded);
    await sender.send(bob);
    await embedded.kill("SIGTERM");
    const stored = await storedText(embedded.directory);
    expect(stored).toContain(bob.urn);
    expect(stored).not.toContain(sender.name);
    await embedded.restart();
  });
});

async function storedText(directory: string): Promise<string> {
  const folder = join(directory, "data");
  const files = await readdir(folder);
  return (await Promise.all(files.map((file) => readFile(join(folder, file), "latin1")))).join("\n");
}
