import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface RecordingLink {
  readonly url: string;
  /** What clients have sent, for each of their connections: the texts of WebSocket frames as they were before masking. */
  connections(): string[];
  close(): Promise<void>;
}

/** Passes connections on, and keeps what comes from clients. */
export async function startRecordingLink(url: string): Promise<RecordingLink> {
  const recorded: Buffer[][] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const chunks: Buffer[] = [];
    recorded.push(chunks);
    const upstream = connect(Number(new URL(url).port), "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => open.delete(from));
      from.pipe(to);
    }
    client.on("data", (chunk: Buffer) => chunks.push(chunk));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => recorded.map((chunks) => textOf(Buffer.concat(chunks))),
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const HEAD_END = "\r\n\r\n";

function textOf(bytes: Buffer): string {
  const headEnd = bytes.indexOf(HEAD_END) + HEAD_END.length;
  const head = bytes.toString("latin1", 0, headEnd);
  if (!/^upgrade: websocket/im.test(head)) return bytes.toString("utf8");
  return [head, ...framesOf(bytes.subarray(headEnd))].join("");
}

/** Of a client, each of which is masked. */
function* framesOf(bytes: Buffer): Generator<string> {
  for (let at = 0; at + 6 <= bytes.length; ) {
    const short = (bytes[at + 1] as number) & 0x7f;
    const maskAt = at + (short === 127 ? 10 : short === 126 ? 4 : 2);
    const length =
      short === 127
        ? Number(bytes.readBigUInt64BE(at + 2))
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : short;
    const mask = bytes.subarray(maskAt, maskAt + 4);
    const payload = bytes.subarray(maskAt + 4, maskAt + 4 + length);
    yield Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] as number))).toString("utf8");
    at = maskAt + 4 + length;
  }
}
