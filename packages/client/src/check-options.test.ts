import { describe, expect, it } from "@jest/globals";
import { type ConnectOptions, connect, createHttpClient } from "./index.ts";

const url = "http://127.0.0.1:1";
const token = () => "a.b.c";
const NO_URL = "must be a URL that begins with https:// or http://";

describe("options with which nothing could work", () => {
  it.each([
    [{ token }, `url ${NO_URL}`],
    [{ url: "127.0.0.1:8080", token }, `url ${NO_URL}`],
    [{ url: "localhost:8080", token }, `url ${NO_URL}`],
    [{ url, realtimeUrl: "localhost:8081", token }, `realtimeUrl ${NO_URL}`],
    [{ url, token: "a.b.c" }, "token must be a function"],
  ])("are refused at once: %j", (options, message) => {
    for (const create of [connect, createHttpClient]) {
      expect(() => create(options as unknown as ConnectOptions)).toThrow(TypeError);
      expect(() => create(options as unknown as ConnectOptions)).toThrow(message);
    }
  });

  it.each([
    { url: `${url}/api`, token },
    { url, realtimeUrl: `${url}/socket.io`, token },
  ])("are refused for a connection: %j", (options) => {
    expect(() => connect(options)).toThrow("URL without a path");
    createHttpClient(options);
  });

  it.each([
    { url: `${url}/`, token },
    { url: `${url}/api`, realtimeUrl: url, token },
  ])("are not %j", async (options) => {
    await connect(options).close({ timeoutMs: 0 });
  });
});
