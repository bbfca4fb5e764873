import { EventEmitter } from "node:events";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { InboundGuard } from "./inbound-guard.ts";
import { RefusalBudget } from "./refusal-budget.ts";

const KIB = 1024;

describe("what has come of an unfinished message", () => {
  const [socket, websocket] = [new EventEmitter(), new EventEmitter()];
  let guard: InboundGuard;
  /** As its owner was told last. */
  let known: number;

  beforeEach(() => {
    for (const emitter of [socket, websocket]) emitter.removeAllListeners();
    known = 0;
    guard = new InboundGuard(new EventEmitter() as never, socket as never, websocket as never, {
      maxMessageBytes: 256 * KIB,
      owner: {
        violate: ({ rule }) => expect(rule).toBeUndefined(),
        changed: () => {
          known = guard.unfinishedBytes;
        },
      },
    });
    guard.join(RefusalBudget.ofUser());
  });

  const arrives = (bytes: number) => socket.emit("data", Buffer.alloc(bytes));
  const ends = (event: "message" | "ping", bytes: number) => websocket.emit(event, Buffer.alloc(bytes));

  it("is nothing once the message has ended", () => {
    for (const bytes of [60 * KIB, 40 * KIB + 14]) arrives(bytes);
    expect(known).toBe(100 * KIB + 14);
    ends("message", 100 * KIB);
    expect(known).toBe(0);
    arrives(7);
    ends("message", 1);
    expect(known).toBe(0);
  });

  it("is at most what came together with the end of another, and not what came between its frames", () => {
    arrives(64 * KIB);
    ends("message", 10 * KIB);
    expect(known).toBe(54 * KIB - 8);
    arrives(131);
    ends("ping", 125);
    expect(known).toBe(54 * KIB - 8);
  });
});
