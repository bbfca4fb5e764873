import type { Server } from "node:http";
import { createHttpServer, createMetricsRegistry, listen } from "@dumbwaiter/service";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import express from "express";
import { decodeJwt } from "jose";
import { createDevIssuer } from "./dev-issuer.ts";
import { newDevIssuerKey } from "./dev-issuer-key.ts";

/** Such as the development server of a page. */
const APP = "http://localhost:5173";

let server: Server;
let url: string;

beforeEach(async () => {
  const origins = { allowedOrigins: [APP], trustProxy: false };
  const app = express().use(await createDevIssuer(await newDevIssuerKey(), origins));
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

it("the development issuer issues a token for a subject of any other issuer", async () => {
  const { token } = (await (await post('{"user":"auth0|7"}')).json()) as { token: string };
  expect(decodeJwt(token)).toMatchObject({ sub: "urn:sm:user:auth0%7C7" });
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

it("the development issuer serves pages of allowed origins, after a preflight, and of no other", async () => {
  const call = (method: string, origin: string) =>
    fetch(url, {
      method,
      headers: {
        origin,
        "Content-Type": "application/json",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
      ...(method === "POST" ? { body: '{"user":"alice"}' } : {}),
    });
  const preflight = await call("OPTIONS", APP);
  expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, APP]);
  expect(preflight.headers.get("access-control-allow-headers")).toContain("Content-Type");
  for (const origin of [APP, new URL(url).origin]) {
    const issued = await call("POST", origin);
    expect([issued.status, issued.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
  }
  for (const method of ["OPTIONS", "POST"]) {
    const refused = await call(method, "http://localhost:9999");
    expect([refused.status, await refused.json()]).toEqual([
      403,
      expect.objectContaining({ code: "origin_refused" }),
    ]);
    expect(refused.headers.has("access-control-allow-origin")).toBe(false);
  }
});
