import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "@jest/globals";
import { DeliveriesInTurn } from "./deliveries-in-turn.ts";

const channel = Buffer.from("channel");

function open() {
  const deliveries = new DeliveriesInTurn();
  const handled: string[] = [];
  const channelOf = (name: string) => deliveries.wrap((message) => handled.push(name + message[0]));
  return { handled, channelOf };
}

describe("deliveries in turn", () => {
  it("serve each channel before the many messages of another, and each channel's in order", async () => {
    const { handled, channelOf } = open();
    const [flooded, other] = [channelOf("flooded"), channelOf("other")];
    for (let index = 0; index < 200; index += 1) flooded(Buffer.of(index), channel);
    other(Buffer.of(0), channel);
    expect(handled).toEqual([]);
    while (handled.length < 2) await nextTurn();
    expect(handled.slice(0, 2)).toEqual(["flooded0", "other0"]);
    while (handled.length < 201) await nextTurn();
    const ofFlooded = handled.filter((each) => each.startsWith("flooded"));
    expect(ofFlooded).toEqual(Array.from({ length: 200 }, (_, index) => `flooded${index}`));
  });

  it("keep no more than some MiB waiting: what comes then is handled at once, after what came before", async () => {
    const { handled, channelOf } = open();
    const flooded = channelOf("flooded");
    const MIB = 1024 * 1024;
    for (let index = 0; index < 20; index += 1) flooded(Buffer.alloc(MIB, index), channel);
    const atOnce = handled.length;
    expect(20 - atOnce).toBeLessThanOrEqual(8);
    while (handled.length < 20) await nextTurn();
    expect(handled).toEqual(Array.from({ length: 20 }, (_, index) => `flooded${index}`));
  });
});
