import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { newEnvelope, nextMessage, until, untilLive, WireUser } from "@dumbwaiter/wire-user";
// Bare: what hostile clients do, and how they are refused.
import { BareUser } from "@dumbwaiter/wire-user/bare";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import WebSocket from "ws";

describe("guarantee 8: no user can harm another", () => {
  let embedded: EmbeddedProcess;
  beforeAll(async () => {
    embedded = await startEmbedded({ SEND_RATE_PER_SECOND: "2", SEND_BURST: "60" });
  });
  afterAll(() => embedded.stop());

  it("lets no user read, acknowledge or remove what belongs to another", async () => {
    const [alice, bob] = [new WireUser("alice", embedded), new WireUser("bob", embedded)];
    const mallory = new BareUser("mallory", embedded);
    const id = await alice.send(bob);
    await until(
      () => bob.pull(),
      ({ messages }) => messages.length === 1,
    );
    expect((await mallory.pull()).messages).toEqual([]);
    await mallory.ack([id]);
    await mallory.call("DELETE", "/api/user");
    await mallory.call("DELETE", "/api/devices/default");
    expect((await bob.pull()).messages.map((message) => message.id)).toEqual([id]);
  });

  it("limits a flood for its sender only", async () => {
    const [alice, bob] = [new WireUser("alice-2", embedded), new WireUser("bob-2", embedded)];
    const flooder = new BareUser("flooder", embedded);
    const answers = await Promise.all(
      Array.from({ length: 120 }, () => flooder.call("POST", "/api/send", newEnvelope(bob))),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(20);
    for (const answer of refused) expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
    await expect(alice.send(bob)).resolves.toEqual(expect.any(String));
  });

  it.each(["constructor", "toString", "hasOwnProperty"])(
    "treats %s as a name like any other",
    async (name) => {
      const [alice, odd] = [new WireUser("alice-3", embedded), new WireUser(name, embedded).device(name)];
      await odd.pull();
      const id = await alice.send(odd);
      const { messages } = await until(
        () => odd.pull(),
        (page) => page.messages.length === 1,
      );
      expect(messages[0]?.id).toBe(id);
    },
  );

  it.each(["/", "/.well-known/jwks.json", "/api/messages", "/socket.io/?EIO=4&transport=websocket"])(
    "serves %s under this machine's names only, so that no page of another name reads it",
    async (path) => {
      expect(await statusUnder("localhost", embedded.api, path)).not.toBe(403);
      expect(await statusUnder("evil.example", embedded.api, path)).toBe(403);
      expect(await statusUnder("localhost", embedded.admin, "/metrics")).toBe(200);
      expect(await statusUnder("evil.example", embedded.admin, "/metrics")).toBe(403);
    },
  );

  it("serves others while a socket does not read, in bounded memory", async () => {
    const [alice, stalled, bob] = ["alice-4", "stalled", "bob-4"].map(
      (name) => new WireUser(name, embedded),
    ) as [WireUser, WireUser, WireUser];
    const raw = await rawSocket(stalled);
    raw.pause();
    const before = await residentBytes(embedded);
    for (let sent = 0; sent < 60; sent += 1) {
      await alice.send(stalled, newEnvelope(stalled, 190_000));
    }
    const client = bob.connect();
    await untilLive(client);
    const id = await new WireUser("alice-5", embedded).send(bob);
    expect((await nextMessage(client)).id).toBe(id);
    expect((await residentBytes(embedded)) - before).toBeLessThan(150 * 1024 * 1024);
    await client.close();
    raw.terminate();
  });
});

/** What a browser gets at a page whose name was made to point at this machine; a WebSocket where the path has one. */
async function statusUnder(name: string, url: string, path: string): Promise<number | undefined> {
  const isWebSocket = path.includes("transport=websocket");
  const upgrade = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" };
  const headers = {
    Host: `${name}:${new URL(url).port}`,
    ...(isWebSocket && { ...upgrade, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" }),
  };
  const request = get(url + path, { headers });
  const [response] = (await Promise.race([once(request, "response"), once(request, "upgrade")])) as [
    IncomingMessage,
  ];
  // Destroying the request would leave an upgraded connection open, and with it Jest's worker.
  response.socket.destroy();
  return response.statusCode;
}

/** A Socket.IO connection made by hand, whose reading can be stopped. */
async function rawSocket(user: WireUser): Promise<WebSocket> {
  const url = `${user.endpoints.realtime.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
  const token = await user.token();
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => {
      const packet = String(data);
      if (packet.startsWith("0")) socket.send(`40${JSON.stringify({ token })}`);
      if (packet.includes("queue:empty")) resolve();
    });
  });
  return socket;
}

async function residentBytes({ admin }: EmbeddedProcess): Promise<number> {
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  return Number(/^\w*process_resident_memory_bytes(?:\{[^}]*\})? (\S+)/m.exec(metrics)?.[1]);
}
