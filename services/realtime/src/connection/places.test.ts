import { EventEmitter } from "node:events";
import { expect, it } from "@jest/globals";
import type { EngineSocket } from "./engine-socket.ts";
import { Places } from "./places.ts";

const connection = () => new EventEmitter() as unknown as EngineSocket;

it("gives a place back once, whether its connection closes before or after", () => {
  const places = new Places<string>();
  const [first, second] = [connection(), connection()];
  const giveBack = [first, second].map((each) => places.take("key", 2, each));
  expect(places.take("key", 2, connection())).toBeUndefined();
  first.emit("close" as never);
  giveBack[0]?.();
  expect(places.taken("key")).toBe(1);
  giveBack[1]?.();
  second.emit("close" as never);
  places.take("key", 2, connection());
  expect(places.taken("key")).toBe(1);
});
