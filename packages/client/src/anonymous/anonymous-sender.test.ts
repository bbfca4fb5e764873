import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ScriptedServer, startScriptedServer } from "../../testing/scripted-server.ts";
import {
  connect,
  createHttpClient,
  DumbwaiterError,
  type HttpClient,
  newAccessKey,
  type SendOptions,
} from "../index.ts";

const ENVELOPE = { recipientId: "urn:sm:user:bob", encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" };
const accessKey = newAccessKey();

describe("a send with an access key", () => {
  let server: ScriptedServer;
  let client: HttpClient;
  beforeEach(async () => {
    server = await startScriptedServer();
    const token = () => {
      throw new Error("no token is needed");
    };
    client = createHttpClient({
      url: "http://127.0.0.1:1",
      realtimeUrl: server.url,
      token,
      deviceId: "phone",
    });
  });
  afterEach(() => server.close());

  const keys = () => server.sends.map(({ options }) => options.idempotencyKey);

  it("says nothing of who sends, and shares a connection with others", async () => {
    const sends = Array.from({ length: 20 }, () => client.send(ENVELOPE, { accessKey }));
    expect(await Promise.all(sends)).toEqual(Array(20).fill({ id: "1" }));
    await client.send(ENVELOPE, { accessKey });
    expect(server.arrivals).toEqual([{ at: expect.any(Number), anonymous: true }]);
    expect(server.sends[0]).toEqual({
      envelope: ENVELOPE,
      options: { accessKey, idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(new Set(keys()).size).toBe(21);
  });

  it("bears the key that the application gives", async () => {
    const idempotencyKey = "01890a5d-ac96-774b-bcce-b302099a8057";
    await client.send(ENVELOPE, { accessKey, idempotencyKey });
    expect(keys()).toEqual([idempotencyKey]);
  });

  it("is made again under the same key after what may pass", async () => {
    const failures = [
      () => server.closeWith({ code: "drain", retryable: true, afterMs: 0 }),
      () => server.closeWith({ code: "expired", retryable: false }),
      () => server.socket().conn.close(),
    ];
    server.answerSend = (callback) => {
      const fail = failures.shift();
      if (fail) return fail();
      server.answerSend = (answer) => answer({ ok: true, id: "2" });
      callback({
        ok: false,
        error: { code: "rate_limited", message: "", retryable: true, retryAfterMs: 10 },
      });
    };
    const retried: string[] = [];
    const onRetry = ({ code }: { code: string }) => retried.push(code);
    expect(await client.send(ENVELOPE, { accessKey, onRetry })).toEqual({ id: "2" });
    expect(retried).toEqual(["network", "network", "network", "rate_limited"]);
    expect(keys()).toEqual(Array(5).fill(keys()[0]));
    expect(server.arrivals.every(({ anonymous, token }) => anonymous && token === undefined)).toBe(true);
  });

  it("connects again after its connection has expired meanwhile", async () => {
    await client.send(ENVELOPE, { accessKey });
    const { conn } = server.socket();
    server.closeWith({ code: "expired", retryable: false });
    await eventually(() => expect(conn.readyState).toBe("closed"));
    await client.send(ENVELOPE, { accessKey });
    expect(server.arrivals.length).toBe(2);
  });

  it.each([
    ["access_key_refused", 1],
    ["invalid_envelope", 1],
    ["unauthenticated", 1],
  ])("fails at once with %s", async (code, times) => {
    server.answerSend = (callback) =>
      callback({ ok: false, error: { code, message: "no", retryable: false } });
    await expect(client.send(ENVELOPE, { accessKey })).rejects.toMatchObject({ code, retryable: false });
    expect(server.sends.length).toBe(times);
  });

  it("fails with the code of a server that knows no anonymous connections", async () => {
    server.refusals = [{ code: "unauthenticated", message: "auth.token is required", retryable: false }];
    await expect(client.send(ENVELOPE, { accessKey })).rejects.toMatchObject({ code: "unauthenticated" });
    expect(server.arrivals.length).toBe(1);
  });

  it.each([
    ["undefined", { accessKey: undefined }, "accessKey"],
    ["null", { accessKey: null }, "accessKey"],
    ["empty", { accessKey: "" }, "accessKey"],
    ["a promise", { accessKey: Promise.resolve(accessKey) }, "accessKey"],
    ["inherited, and undefined", Object.create({ accessKey: undefined }), "accessKey"],
    ["misspelt", { acessKey: accessKey }, "acessKey"],
    ["known, beside an unknown option", { accessKey, priority: 1 }, "priority"],
    ["the options", accessKey, undefined],
    ["the options, and empty", "", undefined],
    ["the options, and null", null, undefined],
  ])("is refused before anything is sent if the key is %s", async (_name, options, path) => {
    let tokens = 0;
    const token = () => {
      tokens += 1;
      // The first is for the connection.
      if (tokens > 1)
        throw new DumbwaiterError("signed_out", "a send asked for a token", { retryable: false });
      return "token";
    };
    const connected = connect({ url: server.url, token });
    await eventually(() => expect(connected.state).toBe("catching-up"));
    for (const alice of [connected, createHttpClient({ url: server.url, token })]) {
      const sent = alice.send(ENVELOPE, options as SendOptions);
      await expect(sent).rejects.toMatchObject({ code: "invalid_request", retryable: false });
      await expect(sent).rejects.toMatchObject(path === undefined ? {} : { path });
    }
    await connected.close();
    expect(tokens).toBe(1);
    expect(server.sends).toEqual([]);
    expect(server.arrivals.map(({ anonymous }) => anonymous)).toEqual([undefined]);
  });

  it("needs neither a token nor an account, without which all other calls fail at once", async () => {
    const whistleblower = createHttpClient({ url: "http://127.0.0.1:1", realtimeUrl: server.url });
    expect(await whistleblower.send(ENVELOPE, { accessKey })).toEqual({ id: "1" });
    for (const call of [() => whistleblower.send(ENVELOPE), () => whistleblower.pull()]) {
      await expect(call()).rejects.toMatchObject({
        code: "token_failed",
        message: expect.stringContaining("can only send with an access key"),
        retryable: false,
      });
    }
    expect(server.sends).toHaveLength(1);
  });

  it("fails when the time is over, or its signal aborts", async () => {
    const away = createHttpClient({ url: "http://127.0.0.1:1", token: () => "" });
    const late = away.send(ENVELOPE, { accessKey, timeoutMs: 0 });
    await expect(late).rejects.toMatchObject({ code: "network", retryable: true });
    const abort = new AbortController();
    server.answerSend = () => abort.abort();
    const aborted = client.send(ENVELOPE, { accessKey, signal: abort.signal });
    await expect(aborted).rejects.toMatchObject({ code: "aborted" });
    await expect(client.send(ENVELOPE, { accessKey, signal: abort.signal })).rejects.toMatchObject({
      code: "aborted",
    });
    expect(server.sends.length).toBe(1);
  });

  it("ends with its client, and so does its connection", async () => {
    const connected = connect({ url: server.url, token: () => "token" });
    await eventually(() => expect(connected.state).toBe("catching-up"));
    await connected.send(ENVELOPE, { accessKey });
    const anonymous = server.socket();
    expect(server.arrivals.map(({ token }) => token)).toEqual(["token", undefined]);
    server.answerSend = () => void connected.close();
    await expect(connected.send(ENVELOPE, { accessKey })).rejects.toMatchObject({ code: "closed" });
    await eventually(() => expect(anonymous.connected).toBe(false));
    await expect(connected.send(ENVELOPE, { accessKey })).rejects.toMatchObject({ code: "closed" });
    expect(server.arrivals.length).toBe(2);
  });
});
