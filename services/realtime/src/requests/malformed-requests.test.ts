import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import WebSocket from "ws";
import { envelopeFor } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

describe("malformed requests", () => {
  let fixture: RealtimeFixture;
  let bob: string;

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    bob = freshUser();
  });

  const invalid = {
    ok: false,
    error: expect.objectContaining({ code: "invalid_request", retryable: false }),
  };

  it("survives whatever a client sends, with and without a callback", async () => {
    const client = await fixture.connect(bob);
    for (const event of ["ack", "pull", "send", "auth", "nothing", "__proto__", "constructor", "error"]) {
      for (const args of [[], [null], [7], ["x"], [[]], [{ __proto__: null }], [{}, {}, {}]]) {
        client.socket.emit(event, ...args);
      }
    }
    expect(await client.request("nothing")).toEqual(invalid);
    expect(await client.request("toString", {})).toEqual(invalid);
    expect(await client.ack([])).toEqual({ ok: true });
    expect(client.socket.connected).toBe(true);
  });

  it("closes the connection of a client that breaks the protocol, and no other", async () => {
    const client = await fixture.connect(bob);
    const token = await fixture.token(bob);
    const garbage = [
      "4",
      "42",
      "42[",
      '42["disconnect"]',
      "451-[]",
      "40",
      "9",
      "x",
      '42{"a":1}',
      "43[]",
      "430[]",
    ];
    for (const packet of garbage) {
      const raw = new WebSocket(`${fixture.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
      await new Promise((resolve) => raw.once("message", resolve));
      raw.send(`40${JSON.stringify({ token })}`);
      await new Promise((resolve) => raw.once("message", resolve));
      raw.send(packet);
      raw.close();
      await new Promise((resolve) => raw.once("close", resolve));
    }
    expect(await client.ack([])).toEqual({ ok: true });
  });

  it("refuses a packet that contains a duplicate key, as HTTP does", async () => {
    const first = randomUUID();
    const envelope = JSON.stringify(envelopeFor(bob)).replace("{", '{"recipientId":"urn:sm:user:carol",');
    const raw = await openRaw(fixture.url);
    expect(await raw.exchange(`40{"token":"a","token":"${await fixture.token(bob)}"}`)).toContain(
      '"code":"invalid_json"',
    );
    const joined = await openRaw(fixture.url);
    await joined.exchange(`40${JSON.stringify({ token: await fixture.token(bob) })}`);
    for (const packet of [
      `421["ack",{"messageIds":[],"messageIds":["${first}"]}]`,
      `422["send",${envelope}]`,
      `423["send",${JSON.stringify(envelopeFor(bob))},{"idempotencyKey":"a","idempotencyKey":"b"}]`,
      `424["auth",{"token":"a","tok\\u0065n":"b"}]`,
      `425["ack",{"a":${"[".repeat(1_000)}{"b":1,"b":2}${"]".repeat(1_000)}}]`,
    ]) {
      expect(await joined.exchange(packet, /^43\d/)).toContain('"code":"invalid_json"');
    }
    expect(await joined.exchange(`426["ack",{"messageIds":["${first}"]}]`, /^43\d/)).toBe('436[{"ok":true}]');
  });
});

/** A WebSocket that speaks Engine.IO by hand. */
async function openRaw(url: string) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  await once(socket, "message");
  return {
    /** Sends a packet and resolves with the next that comes, of those that match. */
    exchange(packet: string, expected = /^4[04]/): Promise<string> {
      socket.send(packet);
      return new Promise((resolve, reject) => {
        socket.once("close", () => reject(new Error("the connection has ended")));
        socket.on("message", function listener(data) {
          if (!expected.test(String(data))) return;
          socket.off("message", listener);
          resolve(String(data));
        });
      });
    },
  };
}
