import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MarkedCaller } from "@dumbwaiter/dev-env/observe/marked-caller";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { newEnvelope, nextMessage, until, WireUser } from "@dumbwaiter/wire-user";
// Bare: it sends what is refused, and sends over a socket.
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

describe("guarantee 6: the router learns little", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded({ LOG_LEVEL: "trace" });
  });
  afterAll(() => embedded.stop());

  it("keeps no sender anywhere, and no payload or token in logs and metrics", async () => {
    const sender = new BareUser("sender-who-is-never-named", embedded);
    const bob = new WireUser("bob", embedded);
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
    const { encryptedData } = envelope;
    for (const [event, argument] of [
      ["send", { ...envelope, recipientId: "nobody" }],
      ["send", { ...envelope, sender: sender.urn }],
      ["ack", { messageIds: [encryptedData] }],
      ["pull", { limit: encryptedData }],
      ["auth", { token: encryptedData }],
      [encryptedData, sender.urn],
    ] as const) {
      expect(await socket.emitWithAck(event, argument)).toMatchObject({ ok: false });
    }
    socket.disconnect();
    const receiver = bob.connect();
    await (await nextMessage(receiver)).ack();
    await receiver.close();

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
    const stored = await storedBytes(embedded.directory);
    expect(stored.includes(bob.urn)).toBe(true);
    expect(stored.includes(sender.name)).toBe(false);
    await embedded.restart();
  });

  it("keeps nothing of an anonymous sender: no address, no header, and of the access key a hash", async () => {
    const bob = new WireUser("bob-with-a-key", embedded);
    const key = randomBytes(32);
    const accessKey = key.toString("base64");
    await bob.httpClient().accessKey.set(accessKey);
    const caller = new MarkedCaller();
    caller.marks.add("access key", key, accessKey);
    const otherKey = caller.mark("other-key-of-somebody");
    const envelope = newEnvelope(bob);
    const send = async (headers: Record<string, string>, body: object = envelope) =>
      (await caller.send(embedded.api, { headers, body: JSON.stringify(body) })).answer;

    const { id } = await send({ "Access-Key": accessKey });
    expect(await send({ "Access-Key": btoa(otherKey) })).toMatchObject({ code: "access_key_refused" });
    const unknown = { ...envelope, [caller.mark("field")]: 1 };
    expect(await send({ "Access-Key": accessKey }, unknown)).toMatchObject({ code: "invalid_envelope" });
    await until(
      () => bob.pull(),
      ({ messages }) => messages[0]?.id === id,
    );
    const metrics = await (await fetch(`${embedded.admin}/metrics`)).text();
    const log = await embedded.log(Number.MAX_SAFE_INTEGER);
    for (const code of ["access_key_refused", "invalid_envelope"]) {
      for (const place of [log, metrics]) expect(place).toContain(`"${code}"`);
    }
    expect(caller.marks.in(log)).toEqual([]);
    expect(caller.marks.in(metrics)).toEqual([]);

    await embedded.kill("SIGTERM");
    const stored = await storedBytes(embedded.directory);
    expect(caller.marks.in(stored)).toEqual(["access key"]);
    for (const plain of [key, accessKey]) expect(stored.includes(plain)).toBe(false);
    await embedded.restart();
  });
});

async function storedBytes(directory: string): Promise<Buffer> {
  const folder = join(directory, "data");
  const files = await readdir(folder);
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))));
}
