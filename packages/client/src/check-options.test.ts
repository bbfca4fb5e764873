import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { describe, expect, it } from "@jest/globals";
import { startScriptedServer } from "../testing/scripted-server.ts";
import { type ConnectOptions, connect, createHttpClient } from "./index.ts";

const url = "http://127.0.0.1:1";
const token = () => "a.b.c";
const NO_URL = "must be a URL that begins with https:// or http://";

describe("options with which nothing could work", () => {
  it.each([
    [{ token }, `url ${NO_URL}`],
    [{ url: "127.0.0.1:8080", token }, `url ${NO_URL}`],
    [{ url: "localhost:8080", token }, `url ${NO_URL}`],
    [{ url: "https://", token }, `url ${NO_URL}`],
    [{ url: "/messages", token }, `url ${NO_URL}`],
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
    { url, realtimeUrl: `${url}//`, token },
  ])("are refused for a connection: %j", (options) => {
    expect(() => connect(options)).toThrow("URL without a path");
    createHttpClient(options);
  });

  it.each([
    { url: `${url}/`, token },
    { url: `${url}?x=/y`, token },
    { url: `${url}/api`, realtimeUrl: url, token },
  ])("are not %j", async (options) => {
    await connect(options).close({ timeoutMs: 0 });
  });

  it("are not a scheme in capitals", async () => {
    const server = await startScriptedServer();
    const client = connect({ url: server.url.replace("http", "HTTP"), token });
    await eventually(() => expect(server.arrivals).toHaveLength(1));
    await client.close();
    await server.close();
  });

  it("depend on the page's own URL", async () => {
    expect(() => connect({ url: "/", token })).toThrow(NO_URL);
    Object.assign(globalThis, { location: new URL(`${url}/pages/index.html`) });
    try {
      expect(() => connect({ url: "/messages", token })).toThrow("URL without a path");
      createHttpClient({ url: "/messages", token });
      for (const own of ["", "/"]) await connect({ url: own, token }).close({ timeoutMs: 0 });
      expect(() => connect({ url: "messages.example.com", token })).toThrow(NO_URL);
    } finally {
      Reflect.deleteProperty(globalThis, "location");
    }
  });
});
