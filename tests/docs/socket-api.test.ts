import { newAccessKey, uuidV7 } from "@dumbwaiter/client";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { DEFAULT_TIMINGS } from "@dumbwaiter/realtime";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
// Bare: a stock client, as the document has it.
import { io, type Socket } from "socket.io-client";
import { readDocument } from "./markdown-document.ts";

const { text } = readDocument("docs/socket-api.md");

let embedded: EmbeddedProcess;
beforeAll(async () => {
  embedded = await startEmbedded();
});
afterAll(() => embedded.stop());

const blockWith = (part: string) =>
  [...text.matchAll(/^```js\n([\s\S]+?)^```/gm)].find(([, js]) => js?.includes(part))?.[1];

it("docs/socket-api.md has the heartbeat of realtime", () => {
  const seconds = [...text.matchAll(/\| (\d+) s \| `(\w+)`/g)].map(([, value, name]) => [name, value]);
  expect(Object.fromEntries(seconds)).toEqual({
    pingInterval: String(DEFAULT_TIMINGS.pingIntervalMs / 1000),
    pingTimeout: String(DEFAULT_TIMINGS.pingTimeoutMs / 1000),
  });
});

it("the anonymous send of docs/socket-api.md arrives, or is refused with a code", async () => {
  const bob = new WireUser(freshUser(), embedded);
  const accessKey = newAccessKey();
  await bob.httpClient().accessKey.set(accessKey);
  const names = ["io", "url", "envelope", "accessKey", "idempotencyKey"];
  const code = `return (async () => { ${blockWith("anonymous: true")}; anonymous.disconnect(); return answer; })();`;
  const send = (key: string) =>
    new Function(...names, code)(io, embedded.realtime, newEnvelope(bob), key, uuidV7());
  const { id } = await send(accessKey);
  expect(id).toEqual(expect.any(String));
  await eventually(async () => {
    expect((await bob.httpClient().pull()).messages.map((message) => message.id)).toEqual([id]);
  });
  expect(await send(newAccessKey())).toMatchObject({ ok: false, error: { code: "access_key_refused" } });
});

it("the reconnecting of docs/socket-api.md gets a new token for an old one, and gives up on a final code", async () => {
  const code = blockWith("connectAnew");
  const bob = freshUser();
  const tokens = [-60, 3600].map((expiresInSeconds) => new WireUser(bob, embedded, { expiresInSeconds }));
  const user = tokens.at(-1) as WireUser;
  let asked = 0;
  const token = () => (tokens[asked++] ?? user).token();
  let socket: Socket | undefined;
  const gaveUp = new Promise((resolve) => {
    const run = new Function("io", "url", "token", "giveUp", `${code}; return socket;`);
    socket = run(io, embedded.realtime, token, resolve) as Socket;
  });
  await new Promise<void>((resolve) => socket?.once("queue:empty", resolve));
  expect(asked).toBe(2);

  const connectedAgain = new Promise<void>((resolve) => socket?.once("queue:empty", resolve));
  await embedded.restart();
  await connectedAgain;
  expect(asked).toBeGreaterThan(2);

  await user.httpClient().devices.remove("default");
  expect(await gaveUp).toBe("device_removed");
  expect(socket?.active).toBe(false);
});
