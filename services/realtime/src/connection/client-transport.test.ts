import { createRequire } from "node:module";
import { expect, it } from "@jest/globals";
import { ClientTransport } from "./client-transport.ts";

it("extends the WebSocket transport of the Engine.IO that Socket.IO uses", () => {
  const socketIo = createRequire(import.meta.url).resolve("socket.io");
  const { transports } = createRequire(socketIo)("engine.io");
  expect(Object.getPrototypeOf(ClientTransport)).toBe(transports.websocket);
});
