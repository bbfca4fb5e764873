import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ScriptedServer, startScriptedServer } from "../testing/scripted-server.ts";
import { type Client, connect, DumbwaiterError, type StateEvent } from "./index.ts";

describe("what the client does when its connection ends", () => {
  let server: ScriptedServer;
  let client: Client;
  let states: StateEvent[];
  let errors: DumbwaiterError[];
  let tokens: number;

  beforeEach(async () => {
    server = await startScriptedServer();
    states = [];
    errors = [];
    tokens = 0;
  });
  afterEach(async () => {
    await client.close();
    await server.close();
  });

  function open(token: () => string | Promise<string> = () => `token-${++tokens}`): void {
    client = connect({ url: server.url, deviceId: "phone", token });
    client.on("state", (event) => states.push(event));
    client.on("error", (error) => errors.push(error));
  }

  const arrived = (count: number) => eventually(() => expect(server.arrivals.length).toBe(count));
  const isConnected = () => eventually(() => expect(client.state).toBe("catching-up"));
  const isClosed = () => eventually(() => expect(client.state).toBe("closed"));

  it.each([
    ["drain", { code: "drain", retryable: true, afterMs: 0 }],
    ["slow_consumer", { code: "slow_consumer", retryable: true }],
    ["unavailable", { code: "unavailable", retryable: true, afterMs: 10 }],
    ["token_expired", { code: "token_expired", retryable: false }],
    ["an unknown retryable code", { code: "moved", retryable: true }],
  ])("connects again, with a fresh token, after %s", async (_name, closing) => {
    open();
    await isConnected();
    server.closeWith(closing);
    await arrived(2);
    await isConnected();
    expect(states).toEqual([
      { state: "catching-up" },
      { state: "reconnecting", reason: closing.code },
      { state: "catching-up" },
    ]);
    expect(server.arrivals).toMatchObject([
      { token: "token-1", deviceId: "phone" },
      { token: "token-2", deviceId: "phone" },
    ]);
    expect(errors.map(({ code }) => code)).toEqual(closing.code === "drain" ? [] : [closing.code]);
  });

  it.each([
    ["device_removed", { code: "device_removed", retryable: false }],
    ["an unknown final code", { code: "banned", retryable: false }],
  ])("stops after %s", async (_name, closing) => {
    open();
    await isConnected();
    const loop = client.messages().next();
    server.closeWith(closing);
    await expect(loop).rejects.toMatchObject({ code: closing.code, retryable: false });
    expect(states.at(-1)).toEqual({ state: "closed", reason: closing.code });
    expect(server.arrivals.length).toBe(1);
  });

  it("waits for as long as the server asks", async () => {
    open();
    await isConnected();
    const closedAt = performance.now();
    server.closeWith({ code: "unavailable", retryable: true, afterMs: 1_500 });
    await arrived(2);
    expect((server.arrivals[1]?.at ?? 0) - closedAt).toBeGreaterThanOrEqual(1_490);
  });

  it("connects again after a lost connection", async () => {
    open();
    await isConnected();
    server.socket().conn.close();
    await arrived(2);
    expect(states[1]).toEqual({ state: "reconnecting", reason: "network" });
  });

  it.each(["rate_limited", "unavailable", "internal", "too_many_sockets"])(
    "tries again when the handshake is refused with %s",
    async (code) => {
      server.refusals = [{ code, message: "no", retryable: code !== "too_many_sockets" }];
      open();
      await isConnected();
      expect(states).toEqual([{ state: "catching-up" }]);
      expect(errors).toMatchObject([{ code, retryable: true }]);
    },
  );

  it.each([
    "invalid_json",
    "invalid_request",
    "device_mismatch",
    "origin_refused",
    "too_many_devices",
    "new",
  ])("stops when the handshake is refused with %s", async (code) => {
    server.refusals = [{ code, message: "no", retryable: false }];
    open();
    await isClosed();
    expect(states).toEqual([{ state: "closed", reason: code }]);
    expect(errors).toMatchObject([{ code, message: "no", retryable: false }]);
    await expect(client.messages().next()).rejects.toBe(errors[0]);
  });

  it.each(["unauthenticated", "token_expired"])("stops after three tokens refused with %s", async (code) => {
    server.refusals = Array(5).fill({ code, message: "no", retryable: false });
    open();
    await isClosed();
    expect(server.arrivals.map(({ token }) => token)).toEqual(["token-1", "token-2", "token-3"]);
    expect(states).toEqual([{ state: "closed", reason: code }]);
  });

  it("tries again when token() fails, unless that is final", async () => {
    open(() => {
      tokens++;
      if (tokens === 1) throw new Error("the issuer is away");
      if (tokens === 3) throw new DumbwaiterError("signed_out", "Bob is gone", { retryable: false });
      return "token";
    });
    await isConnected();
    expect(errors).toMatchObject([{ code: "token_failed", cause: new Error("the issuer is away") }]);
    server.socket().conn.close();
    await isClosed();
    expect(states.at(-1)).toEqual({ state: "closed", reason: "signed_out" });
  });

  it("stops when token() fails for good while it is connected", async () => {
    const exp = Date.now() / 1000 + 2;
    const claims = Buffer.from(JSON.stringify({ iat: exp - 2, exp })).toString("base64url");
    open(() => {
      if (++tokens > 1) throw new DumbwaiterError("signed_out", "Bob is gone", { retryable: false });
      return `e30.${claims}.c2ln`;
    });
    await isConnected();
    await isClosed();
    expect(states.at(-1)).toEqual({ state: "closed", reason: "signed_out" });
    expect([tokens, server.arrivals.length]).toEqual([2, 1]);
  });

  it("keeps trying while there is no server", async () => {
    const { url } = server;
    await server.close();
    client = connect({ url, token: () => "token" });
    client.on("error", (error) => errors.push(error));
    await eventually(() => expect(errors.length).toBeGreaterThan(2));
    expect(errors.every(({ code }) => code === "network")).toBe(true);
    expect(client.state).toBe("connecting");
    server = await startScriptedServer();
  });
});
