import { describe, expect, it } from "@jest/globals";
import { derivedMessageId, newMessageId, parseAcceptedId, parseMessageId } from "./message-id.ts";
import type { UserId } from "./user.ts";

const [alice, bob] = ["alice", "bob"] as [UserId, UserId];
const KEY = "0190f3c1-2a4b-7c3d-9e8f-001122334455";
const KEY_TIME = 1_722_076_441_163;
const to = (recipient: UserId, bytes = "{}") => ({ recipient, bytes: Buffer.from(bytes) });
const DAY = 24 * 60 * 60 * 1000;
const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("a message id", () => {
  it("is a UUIDv7 of the time of accepting, and no two are alike", () => {
    const ids = Array.from({ length: 1000 }, () => newMessageId(KEY_TIME));
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) {
      expect(id).toMatch(V7);
      expect(id.slice(0, 13)).toBe(KEY.slice(0, 13));
    }
  });

  it("is of any version when somebody names it, of ours when the router gave it", () => {
    const v4 = "3b241101-e2bb-4255-8caf-4136c566a962";
    expect(parseMessageId(v4.toUpperCase())).toBe(v4);
    expect(parseAcceptedId(v4)).toBeUndefined();
    expect(parseAcceptedId(KEY.toUpperCase())).toBe(KEY);
  });

  it.each([
    "",
    "x",
    KEY.slice(1),
    `${KEY}0`,
    `${KEY}\n`,
    ` ${KEY}`,
    KEY.replaceAll("-", ""),
    `{${KEY}}`,
    "../x",
  ])("is not %j", (text) => {
    expect(parseMessageId(text)).toBeUndefined();
    expect(parseAcceptedId(text)).toBeUndefined();
  });
});

describe("the id of a message with an idempotency key", () => {
  it("is what the contract says, computed elsewhere", () => {
    // Python: sha256(b"urn:sm:user:alice\nurn:sm:user:bob\n" + key + b"\n{}"), 12 bits behind the version, 62 behind the variant.
    expect(derivedMessageId({ user: alice }, to(bob), KEY, KEY_TIME)).toBe(
      "0190f3c1-2a4b-7ef8-8033-150dd3e69a9b",
    );
    expect(derivedMessageId({ user: alice }, to(bob), KEY.toUpperCase(), KEY_TIME)).toBe(
      "0190f3c1-2a4b-7ef8-8033-150dd3e69a9b",
    );
  });

  it("differs for another sender, recipient, key and envelope", () => {
    const other = KEY.replace(/5$/, "6");
    const ids = [
      derivedMessageId({ user: alice }, to(bob), KEY, KEY_TIME),
      derivedMessageId({ user: bob }, to(bob), KEY, KEY_TIME),
      derivedMessageId({ user: alice }, to(alice), KEY, KEY_TIME),
      derivedMessageId({ user: bob }, to(alice), KEY, KEY_TIME),
      derivedMessageId({ user: alice }, to(bob), other, KEY_TIME),
      derivedMessageId({ user: alice }, to(bob, "{ }"), KEY, KEY_TIME),
    ];
    expect(new Set(ids).size).toBe(6);
  });

  it("is a UUIDv7 of the key's time for any sender", () => {
    for (let index = 0; index < 500; index += 1) {
      const id = derivedMessageId({ user: `user-${index}` as UserId }, to(bob), KEY, KEY_TIME);
      expect(id).toMatch(V7);
      expect(id.slice(0, 13)).toBe(KEY.slice(0, 13));
    }
  });

  it("needs a key made within 24 hours of now", () => {
    for (const now of [KEY_TIME - DAY, KEY_TIME, KEY_TIME + DAY]) {
      expect(() => derivedMessageId({ user: alice }, to(bob), KEY, now)).not.toThrow();
    }
    for (const now of [KEY_TIME - DAY - 1, KEY_TIME + DAY + 1, 0]) {
      expect(() => derivedMessageId({ user: alice }, to(bob), KEY, now)).toThrow(
        expect.objectContaining({ code: "invalid_idempotency_key" }),
      );
    }
  });

  it.each([
    "",
    "abc",
    "3b241101-e2bb-4255-8caf-4136c566a962",
    KEY.replaceAll("-", ""),
    `${KEY} `,
    KEY.replace("-9", "-c"),
  ])("is not made from the key %j", (key) => {
    expect(() => derivedMessageId({ user: alice }, to(bob), key, KEY_TIME)).toThrow(
      expect.objectContaining({ code: "invalid_idempotency_key" }),
    );
  });
});
