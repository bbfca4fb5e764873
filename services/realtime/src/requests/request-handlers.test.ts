import type { PageRequest } from "@dumbwaiter/core";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { RecentUsers } from "@dumbwaiter/service";
import { describe, expect, it } from "@jest/globals";
import { envelopeFor } from "../../testing/envelopes.ts";
import type { RealtimeContext } from "../context.ts";
import { Pace } from "../node/pace.ts";
import type { OpenSession } from "../session/open-session.ts";
import { createRequestHandlers } from "./request-handlers.ts";
import { SocketClosedError } from "./requests.ts";

describe("of a socket that has closed", () => {
  const openConnection = () => ({ isOpen: true, whenBufferAtMost: async () => {} });
  const sessionOf = (connection: ReturnType<typeof openConnection>) =>
    ({ user: "alice", address: {}, queue: { queue: "queue" }, connection }) as unknown as OpenSession;

  it("a send that waits for its turn is not accepted", async () => {
    const pace = new Pace();
    for (let seconds = 0; seconds < 3; seconds += 1) pace.add(Pace.MAX_BYTES);
    const handlers = createRequestHandlers({
      paces: new RecentUsers(() => pace),
      sendMessage: async () => "id",
      steps: { follows: () => false, took: () => {} },
      metrics: { accepted: { inc: () => {} } },
    } as unknown as RealtimeContext);
    const connection = openConnection();
    const sending = handlers.send(sessionOf(connection), [envelopeFor(freshUser())], {});
    connection.isOpen = false;
    await expect(sending).rejects.toBeInstanceOf(SocketClosedError);
  });

  it("a pull reads nothing, and one that waits for its turn can be left out", async () => {
    const requests: PageRequest[] = [];
    const handlers = createRequestHandlers({
      limits: { admitCall: async () => {} },
      pushThrottle: { lift: async () => {} },
      queues: {
        page: async (_: unknown, request: PageRequest) => {
          requests.push(request);
          return { messages: [], hasMore: false };
        },
      },
      settings: { maxBufferedBytes: 1 },
    } as unknown as RealtimeContext);
    const connection = openConnection();
    await handlers.pull(sessionOf(connection), [{}], {});
    expect(requests.map(({ isGone }) => isGone?.())).toEqual([false]);
    connection.isOpen = false;
    expect(requests[0]?.isGone?.()).toBe(true);
    await expect(handlers.pull(sessionOf(connection), [{}], {})).rejects.toBeInstanceOf(SocketClosedError);
    expect(requests).toHaveLength(1);
  });
});
