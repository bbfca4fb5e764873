import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, it } from "@jest/globals";
import { untilGone } from "./pause.ts";

const never = new Promise<void>(() => {});

function openResponse(closed = false): ServerResponse {
  return Object.assign(new EventEmitter(), { closed }) as unknown as ServerResponse;
}

it("waits for the promise while the client is there, and leaves no listener", async () => {
  const response = openResponse();
  let resolve: () => void = () => {};
  let waits = true;
  const waiting = untilGone(response, new Promise<void>((done) => (resolve = done))).then(() => {
    waits = false;
  });
  await new Promise(setImmediate);
  expect(waits).toBe(true);
  resolve();
  await waiting;
  expect(response.listenerCount("close")).toBe(0);
});

it("does not wait for the promise once the client has gone", async () => {
  const response = openResponse();
  const waiting = untilGone(response, never);
  response.emit("close");
  await waiting;
  await untilGone(openResponse(true), never);
});

it("throws what the promise throws", async () => {
  const response = openResponse();
  await expect(untilGone(response, Promise.reject(new Error("full")))).rejects.toThrow("full");
  expect(response.listenerCount("close")).toBe(0);
});
