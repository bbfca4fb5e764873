import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Envelope } from "../model.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { newUserKeys, type UserKeys } from "./key-pairs.ts";

const TO_BOB = { recipientId: "urn:sm:user:bob", kind: "normal" } as const;
const CONTENT = { from: "alice", fromDevice: "phone", text: "Hello, Bob 🛎", sentAt: 1 };

describe("an envelope of the demo page", () => {
  let alice: UserKeys;
  let bob: UserKeys;
  let mallory: UserKeys;
  beforeAll(async () => {
    alice = await newUserKeys("alice");
    bob = await newUserKeys("bob");
    mallory = await newUserKeys("mallory");
  });

  const seal = (text = CONTENT.text) =>
    sealEnvelope({ ...CONTENT, text }, TO_BOB, alice, bob.agreement.publicKey);
  const open = (envelope: Envelope, own = bob) =>
    openEnvelope(envelope, own, (user) => (user === "alice" ? alice.signing.publicKey : undefined));

  it("is opened with the recipient's keys, and with no others", async () => {
    const envelope = await seal();
    expect(await open(envelope)).toEqual(CONTENT);
    await expect(open(envelope, mallory)).rejects.toThrow();
    await expect(open(envelope, alice)).rejects.toThrow();
  });

  it("shows the router the recipient and a rounded length, and no sender", async () => {
    const [short, longer] = [await seal("a"), await seal("a longer text")];
    expect(Object.keys(short).sort()).toEqual(["encryptedData", "encryptedSymmetricKey", "recipientId"]);
    expect(short.encryptedData).toHaveLength(longer.encryptedData.length);
    expect(JSON.stringify(short)).not.toContain("alice");
    expect(short.encryptedData).not.toBe((await seal("a")).encryptedData);
  });

  it("cannot be changed or readdressed", async () => {
    const envelope = await seal();
    await expect(open({ ...envelope, recipientId: "urn:sm:user:carol" })).rejects.toThrow();
    await expect(
      open({ ...envelope, encryptedData: `AAAA${envelope.encryptedData.slice(4)}` }),
    ).rejects.toThrow();
    const other = await seal();
    await expect(open({ ...envelope, encryptedSymmetricKey: other.encryptedSymmetricKey })).rejects.toThrow();
  });

  it("is refused if the one it names did not sign it", async () => {
    const forged = await sealEnvelope(CONTENT, TO_BOB, mallory, bob.agreement.publicKey);
    await expect(open(forged)).rejects.toThrow("alice did not sign this");
    const unknown = { ...CONTENT, from: "eve" };
    await expect(open(await sealEnvelope(unknown, TO_BOB, mallory, bob.agreement.publicKey))).rejects.toThrow(
      "eve did not sign this",
    );
  });

  it("says what the router must know of an urgent and of an ephemeral message", async () => {
    const sealAs = (kind: "urgent" | "ephemeral") =>
      sealEnvelope(CONTENT, { ...TO_BOB, kind }, alice, bob.agreement.publicKey);
    expect(await sealAs("urgent")).toMatchObject({ priority: 9 });
    expect(await sealAs("ephemeral")).toMatchObject({ isEphemeral: true });
  });
});
