import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type Socket } from "socket.io";

const HOST = "127.0.0.1";

interface Arrival {
  readonly at: number;
  readonly token?: string;
  readonly deviceId?: string;
  readonly anonymous?: true;
}

interface Sent {
  readonly envelope: object;
  readonly options: { readonly idempotencyKey: string };
}

/** Speaks Socket.IO for real, and says what a test wants to hear. */
export interface ScriptedServer {
  readonly url: string;
  /** Every handshake, also those that were refused. */
  readonly arrivals: readonly Arrival[];
  /** The ids of every `ack`, also of those that were not answered. */
  readonly acks: readonly (readonly string[])[];
  /** Every `send`, also those that were not answered. */
  readonly sends: readonly Sent[];
  /** Why the next handshakes are refused. */
  refusals: object[];
  /** How acknowledgements are answered. */
  answer: (ids: readonly string[], callback: (answer: object) => void) => void;
  /** How sends are answered. */
  answerSend: (callback: (answer: object) => void) => void;
  /** The connection that is open. */
  socket(): Socket;
  /** As the real server does it: says why, and ends the transport. */
  closeWith(closing: object): void;
  close(): Promise<void>;
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const http = createServer((_request, response) => response.writeHead(503).end());
  const io = new Server(http, { transports: ["websocket"], serveClient: false });
  const arrivals: Arrival[] = [];
  const acks: string[][] = [];
  const sends: Sent[] = [];
  let current: Socket | undefined;

  io.use((socket, next) => {
    arrivals.push({ at: performance.now(), ...socket.handshake.auth });
    const refusal = server.refusals.shift();
    next(refusal && Object.assign(new Error("refused"), { data: refusal }));
  });
  io.on("connection", (socket) => {
    current = socket;
    socket.on("disconnect", () => {
      if (current === socket) current = undefined;
    });
    socket.on("ack", ({ messageIds }: { messageIds: string[] }, callback: (answer: object) => void) => {
      acks.push(messageIds);
      server.answer(messageIds, callback);
    });
    socket.on("send", (envelope: object, options: Sent["options"], callback: (answer: object) => void) => {
      sends.push({ envelope, options });
      server.answerSend(callback);
    });
  });
  http.listen(0, HOST);
  await once(http, "listening");

  const server: ScriptedServer = {
    url: `http://${HOST}:${(http.address() as AddressInfo).port}`,
    arrivals,
    acks,
    sends,
    refusals: [],
    answer: (_ids, callback) => callback({ ok: true }),
    answerSend: (callback) => callback({ ok: true, id: "1" }),
    socket() {
      if (!current) throw new Error("nobody is connected");
      return current;
    },
    closeWith(closing) {
      const socket = server.socket();
      socket.emit("closing", closing);
      socket.conn.close();
    },
    close: () => io.close(),
  };
  return server;
}

let number = 0;

/** A message that no other test has. */
export function newMessage(fields: object = {}) {
  const id = `01890a5d-ac96-774b-bcce-${String(++number).padStart(12, "0")}`;
  const envelope = { recipientId: "urn:sm:user:bob", encryptedData: "AEBD", encryptedSymmetricKey: "BCDE" };
  return { id, envelope: { ...envelope, ...fields } };
}
