import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, it } from "@jest/globals";
import { untilGone } from "./until-gone.ts";

function openResponse(closed = false): ServerResponse {
  return Object.assign(new EventEmitter(), { closed }) as unknown as ServerResponse;
}

it("waits for the promise while the client is there, and leaves no listener", async () => {
  const response = openResponse();
  const { promise, resolve } = Promise.withResolvers<void>();
  let waits = true;
  const waiting = untilGone(response, promise).then(() => {
    waits = false;
  });
  await new Promise(setImmediate);
  expect(waits).toBe(true);
  resolve();
  await waiting;
  expect(response.listenerCount("close")).toBe(0);
});

it("does not wait for the promise once the client has gone, and drops what it throws then", async () => {
  const response = openResponse();
  const { promise, reject } = Promise.withResolvers<void>();
  const waiting = untilGone(response, promise);
  response.emit("close");
  await waiting;
  reject(new Error("late"));
  await untilGone(openResponse(true), promise);
});

it("throws what the promise throws", async () => {
  const response = openResponse();
  await expect(untilGone(response, Promise.reject(new Error("full")))).rejects.toThrow("full");
  expect(response.listenerCount("close")).toBe(0);
});
