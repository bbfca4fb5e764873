import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { frame, OPCODES, RawWebSocket } from "@dumbwaiter/dev-env/hostile/raw-web-socket";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

const MIB = 1024 * 1024;

describe("control frames", () => {
  let fixture: RealtimeFixture;

  beforeAll(async () => {
    fixture = await openRealtimeFixture();
  });
  afterAll(() => fixture.close());

  it.each(["before it has joined", "after it has joined"])(
    "end the connection of one that pings and never reads the pongs, %s",
    async (when) => {
      const socket = when.startsWith("before")
        ? await RawWebSocket.open(fixture.url)
        : await RawWebSocket.join(fixture.url, { token: await fixture.token(freshUser()) });
      const pings = Buffer.concat(
        Array(2_000).fill(frame("p".repeat(125), { opcode: OPCODES.ping })) as Buffer[],
      );
      const before = process.memoryUsage().rss;
      await socket.flood(pings, 10_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
      await socket.ended();
      await eventually(async () => expect(await fixture.metric("dumbwaiter_realtime_sockets")).toBe(0));
    },
  );
});
