import { describe, expect, it } from "@jest/globals";
import { newMessage } from "../../testing/scripted-server.ts";
import { memoryStore } from "../stores/memory-store.ts";
import { AckSender } from "./ack-sender.ts";
import { Deliveries } from "./deliveries.ts";
import { Ledger } from "./ledger.ts";

describe("ephemeral messages that nobody takes", () => {
  it("wait, the newest 256 of them among the others, and the rest is forgotten", async () => {
    const ledger = new Ledger(memoryStore());
    const acks = new AckSender({ deliver: async () => {}, confirmed: async () => {}, failed: () => {} });
    const deliveries = new Deliveries(ledger, acks);
    const durable = newMessage();
    const ephemeral = Array.from({ length: 300 }, () => newMessage({ isEphemeral: true }));
    for (const message of [durable, ...ephemeral]) deliveries.receive(message);
    const newest = ephemeral.slice(-256);
    expect(ephemeral.map(({ id }) => ledger.stateOf(id))).toEqual([
      ...Array(44).fill(undefined),
      ...Array(256).fill("open"),
    ]);
    const loop = deliveries.messages();
    for (const { id } of [durable, ...newest]) expect((await loop.next()).value?.id).toBe(id);
    // What was taken makes room.
    const next = Array.from({ length: 256 }, () => newMessage({ isEphemeral: true }));
    for (const message of next) deliveries.receive(message);
    for (const { id } of next) expect((await loop.next()).value?.id).toBe(id);
  });
});
