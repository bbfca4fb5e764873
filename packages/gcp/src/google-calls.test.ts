import { once } from "node:events";
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { method, streamedCall, unaryCall } from "./google-calls.ts";

const TIMEOUT_MS = 60_000;

/** Each message is a text; "?" cannot be decoded. */
const text = {
  encode: (message: string) => ({ finish: () => Buffer.from(message) }),
  decode: (bytes: Uint8Array) => {
    if (String(bytes) === "?") throw new Error("not a text");
    return String(bytes);
  },
};
const ECHO = method("test.Texts/Echo", text, text);
const LETTERS = method("test.Texts/Letters", text, text);

const asItIs = (bytes: Buffer) => bytes;
const bytes = {
  ...{ requestSerialize: asItIs, requestDeserialize: asItIs },
  ...{ responseSerialize: asItIs, responseDeserialize: asItIs, requestStream: false },
};

describe("calls of a gRPC server", () => {
  const server = new Server();
  let stub: Client;
  let streams: ServerWritableStream<Buffer, Buffer>[];

  beforeAll(async () => {
    server.addService(
      {
        echo: { ...bytes, path: ECHO.path, responseStream: false },
        letters: { ...bytes, path: LETTERS.path, responseStream: true },
      },
      {
        echo({ request }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
          if (String(request) === "refuse") answer({ code: status.NOT_FOUND });
          else answer(null, request);
        },
        /** Ends after a full stop. */
        letters(call: ServerWritableStream<Buffer, Buffer>) {
          streams.push(call);
          for (const letter of String(call.request)) {
            if (letter === ".") call.end();
            else if (letter === "!") call.emit("error", { code: status.NOT_FOUND });
            else call.write(Buffer.from(letter));
          }
        },
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    stub = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  beforeEach(() => {
    streams = [];
  });
  afterAll(() => {
    stub.close();
    server.forceShutdown();
  });

  const echo = (request: string) => unaryCall(stub, ECHO, request, TIMEOUT_MS);
  const letters = (request: string, take: (letter: string) => boolean) =>
    streamedCall(stub, LETTERS, request, TIMEOUT_MS, take);

  it("resolve with the answer, or reject with the server's status or what cannot be decoded", async () => {
    expect(await echo("a")).toBe("a");
    await expect(echo("refuse")).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(echo("?")).rejects.toMatchObject({ code: status.INTERNAL });
  });

  it("resolve at the end of a stream, or reject with its status or what cannot be decoded", async () => {
    const taken: string[] = [];
    const take = (letter: string) => taken.push(letter) > 0;
    await letters("abc.", take);
    expect(taken).toEqual(["a", "b", "c"]);
    await expect(letters("d!", take)).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(letters("?", take)).rejects.toMatchObject({ code: status.INTERNAL });
  });

  it("cancel a stream of which no more is wanted", async () => {
    const taken: string[] = [];
    await letters("abc", (letter) => taken.push(letter) < 2);
    expect(taken).toEqual(["a", "b"]);
    await cancelled();
  });

  it("reject with what is thrown at a response, and cancel the stream", async () => {
    const thrown = new Error("not what it should be");
    const taken: string[] = [];
    const call = letters("abc", (letter) => {
      taken.push(letter);
      if (letter === "b") throw thrown;
      return true;
    });
    await expect(call).rejects.toBe(thrown);
    expect(taken).toEqual(["a", "b"]);
    await cancelled();
  });

  async function cancelled(): Promise<void> {
    const [call] = streams as [ServerWritableStream<Buffer, Buffer>];
    if (!call.cancelled) await once(call, "cancelled");
  }
});
