import { createLimits, UnavailableError } from "@dumbwaiter/core";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser, NO_LIMITS } from "@dumbwaiter/core/contracts/samples";
import { overridden } from "@dumbwaiter/dev-env/observe/overridden";
import { connectClient } from "@dumbwaiter/dev-env/observe/test-client";
import { InMemoryTokenBuckets } from "@dumbwaiter/in-process";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { envelopeFor } from "../../testing/envelopes.ts";
import { openRealtimeFixture, type RealtimeFixture } from "../../testing/realtime-fixture.ts";

let fixture: RealtimeFixture;

beforeAll(async () => {
  fixture = await openRealtimeFixture();
});
afterAll(() => fixture.close());

describe("the answers over sockets", () => {
  it("are counted and timed, by event and class of the status", async () => {
    const away = () => Promise.reject(new UnavailableError("firestore", "away"));
    const limits = overridden(createLimits(new InMemoryTokenBuckets(fixture.clock), NO_LIMITS), {
      admitAck: away,
    });
    const { url, metric } = await fixture.addNode({}, { limits });
    const answers = async (event: string) => {
      const of = (name: string) =>
        Promise.all(["2xx", "4xx", "5xx"].map((status_class) => metric(name, { event, status_class })));
      const counted = await of("dumbwaiter_realtime_requests_total");
      const timed = await Promise.all(
        ["2xx", "4xx", "5xx"].map((status_class) =>
          metric("dumbwaiter_realtime_request_duration_seconds", { event, status_class, le: "+Inf" }),
        ),
      );
      expect(timed).toEqual(counted);
      return counted;
    };
    await expect(connectClient(url, { token: "abc" })).rejects.toThrow();
    const client = await fixture.connect(freshUser(), { url });
    expect(await answers("handshake")).toEqual([1, 1, 0]);
    await client.request("send", envelopeFor("bob"));
    await client.request("send", {});
    expect(await answers("send")).toEqual([1, 1, 0]);
    await client.request("pull", {});
    expect(await answers("pull")).toEqual([1, 0, 0]);
    await client.ack(["019a1b2c-3d4e-7f00-8a00-000000000000"]);
    expect(await answers("ack")).toEqual([0, 0, 1]);
    await client.request("nothing");
    expect(await answers("unknown")).toEqual([0, 1, 0]);
  });

  it("count as the client's fault where the socket has ended before", async () => {
    const held = Promise.withResolvers<void>();
    let asked = 0;
    const limits = overridden(createLimits(new InMemoryTokenBuckets(fixture.clock), NO_LIMITS), {
      admitAck() {
        asked += 1;
        return held.promise;
      },
    });
    const { url, metric } = await fixture.addNode({}, { limits });
    const client = await fixture.connect(freshUser(), { url });
    client.socket.emit("ack", { messageIds: [] });
    await eventually(() => expect(asked).toBe(1));
    client.socket.disconnect();
    await eventually(async () => expect(await metric("dumbwaiter_realtime_sockets")).toBe(0));
    held.resolve();
    const acks = (status_class: string) =>
      metric("dumbwaiter_realtime_requests_total", { event: "ack", status_class });
    await eventually(async () => expect([await acks("2xx"), await acks("4xx")]).toEqual([0, 1]));
  });

  it("are timed from when the request came, not from its turn", async () => {
    const busyMs = 50;
    const limits = overridden(createLimits(new InMemoryTokenBuckets(fixture.clock), NO_LIMITS), {
      async admitAck() {
        const until = performance.now() + busyMs;
        while (performance.now() < until);
      },
    });
    const { url, registry } = await fixture.addNode({}, { limits });
    const client = await fixture.connect(freshUser(), { url });
    // One more than begin in one turn.
    await Promise.all(Array.from({ length: 5 }, () => client.ack([])));
    const [sum] =
      (await registry.metrics()).match(
        /(?<=^dumbwaiter_realtime_request_duration_seconds_sum\{event="ack",status_class="2xx"\} )\S+$/m,
      ) ?? [];
    // Each waits for those before it.
    expect(Number(sum)).toBeGreaterThanOrEqual(((1 + 2 + 3 + 4 + 5) * busyMs) / 1000);
  });
});
