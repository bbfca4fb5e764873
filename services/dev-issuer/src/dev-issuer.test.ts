import type { Server } from "node:http";
import { createHttpServer, createMetricsRegistry, listen } from "@dumbwaiter/service";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import express from "express";
import { decodeJwt } from "jose";
import { createDevIssuer } from "./dev-issuer.ts";
import { newDevIssuerKey } from "./dev-issuer-key.ts";

let server: Server;
let url: string;

beforeEach(async () => {
  const app = express().use(await createDevIssuer(await newDevIssuerKey()));
  const http = createHttpServer(app, { registry: createMetricsRegistry({ service: "test" }) });
  url = `http://127.0.0.1:${await listen(http, { port: 0, host: "127.0.0.1" })}/dev/token`;
  server = http;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const post = (body: string) =>
  fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body });

it("the development issuer issues a token for any user", async () => {
  const { token } = (await (await post('{"user":"alice","deviceId":"phone"}')).json()) as { token: string };
  expect(decodeJwt(token)).toMatchObject({ sub: "urn:sm:user:alice", device_id: "phone" });
});

it.each([
  ["no JSON", "{"],
  ["another field", '{"user":"alice","admin":true}'],
  ["a user that cannot be", '{"user":""}'],
  ["more bytes than a request needs", JSON.stringify({ user: "alice", deviceId: "d".repeat(5_000) })],
])("the development issuer refuses %s", async (_, body) => {
  const response = await post(body);
  expect([response.status, response.headers.get("Content-Type")]).toEqual([400, "application/problem+json"]);
  expect(await response.json()).toMatchObject({ status: 400, code: "invalid_request" });
});
