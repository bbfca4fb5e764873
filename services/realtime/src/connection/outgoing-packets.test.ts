import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Server } from "socket.io";
import WebSocket from "ws";
import { useClientTransports } from "./client-transport.ts";
import type { EngineSocket } from "./engine-socket.ts";
import { OutgoingPackets } from "./outgoing-packets.ts";
import { TextPieces } from "./text-pieces.ts";

interface Writes {
  _write(...args: unknown[]): void;
  _writev(...args: unknown[]): void;
}

const server = createServer();
let client: WebSocket;
let engine: EngineSocket;
let outgoing: OutgoingPackets;
const received: string[] = [];
let writes = 0;

beforeAll(async () => {
  const io = new Server(server, { transports: ["websocket"], serveClient: false });
  useClientTransports(io.engine);
  const connected = once(io.engine, "connection");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  client = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
  client.on("message", (message) => received.push(message.toString()));
  [engine] = (await connected) as [EngineSocket];
  const { socket } = (engine as unknown as { request: IncomingMessage }).request;
  countWrites(socket);
  outgoing = new OutgoingPackets(engine);
  engine.on("packetCreate", (packet) => outgoing.created(packet));
  await eventually(() => expect(received).toHaveLength(1)); // Engine.IO's handshake
});
afterAll(() => {
  client?.terminate();
  server.close();
});

function countWrites(socket: NetSocket): void {
  const stream = socket as unknown as Writes;
  const { _write: write, _writev: writev } = stream;
  stream._write = (...args) => {
    writes += 1;
    write.apply(socket, args);
  };
  stream._writev = (...args) => {
    writes += 1;
    writev.apply(socket, args);
  };
}

it("writes at once what one turn has for a client, messages of any length and for several sockets among them", async () => {
  const texts = [
    "",
    "a",
    "é".repeat(62),
    "b".repeat(124),
    "c".repeat(125),
    "d".repeat(65_534),
    "e".repeat(65_535),
  ];
  received.length = 0;
  writes = 0;
  for (const text of texts) engine.write(text);
  const [header, data] = [Buffer.from([0x81, 3]), Buffer.from("4fg")];
  engine.write("fg", { wsPreEncodedFrame: [header, data] } as object);
  const pieces = new TextPieces([Buffer.from("h"), Buffer.from("é".repeat(100))]);
  engine.write(pieces as unknown as Buffer);
  await eventually(() => expect(received).toHaveLength(texts.length + 2));
  expect(received).toEqual([...texts.map((text) => `4${text}`), "4fg", `4h${"é".repeat(100)}`]);
  expect(writes).toBe(1);
});

it("holds a message that waits once, as its frame", async () => {
  received.length = 0;
  engine.write("a message");
  expect(engine).toMatchObject({
    writeBuffer: [{ data: undefined, options: { wsPreEncodedFrame: [expect.any(Buffer)] } }],
  });
  await eventually(() => expect(received).toEqual(["4a message"]));
});

it("writes sooner when asked", async () => {
  received.length = 0;
  engine.write("last words");
  outgoing.writeNow();
  engine.close(true);
  await once(client, "close");
  expect(received).toEqual(["4last words"]);
});
