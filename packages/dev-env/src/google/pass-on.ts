import { type Client, Metadata, type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { Refusal } from "./refusals.ts";

/** On the wire, calls of all four kinds are streams of messages in both directions. */
export type RawCall = ServerDuplexStream<Buffer, Buffer>;

export const asItIs = (bytes: Buffer) => bytes;

/** Changes a call on its way. */
export interface Rewriting {
  request(bytes: Buffer): Buffer;
  answer(bytes: Buffer): Buffer;
}

interface PassingOn {
  readonly path: string;
  readonly emulator: Client;
  /** Called with the first message; a refusal ends the call before the emulator hears of it. */
  check(request: Buffer): Refusal | undefined;
  readonly rewriting?: Rewriting | undefined;
  /** Called when the emulator has answered, if the answer is not to reach the client. */
  readonly instead?: (() => void) | undefined;
  ended(code: status): void;
}

/** Passes a call on to the emulator as it is. @returns what ends it with a status of our own */
export function passOn(call: RawCall, passing: PassingOn) {
  const { path, emulator, check, rewriting, instead, ended } = passing;
  let upstream: ReturnType<typeof open> | undefined;
  let isOver = false;

  function open() {
    const deadline = call.getDeadline();
    const stream = emulator.makeBidiStreamRequest(path, asItIs, asItIs, asOwner(), { deadline });
    stream.on("error", () => {}); // the status follows
    stream.on("data", (answer: Buffer) => {
      if (instead || isOver || call.write(rewriting?.answer(answer) ?? answer)) return;
      stream.pause();
      call.once("drain", () => stream.resume());
    });
    // The status may come before messages that wait until the client has read others.
    const answered = new Promise<void>((resolve) => stream.on("end", resolve));
    stream.on("status", async ({ code, details }: Refusal) => {
      if (code !== status.OK) return end({ code, details });
      await answered;
      if (isOver || !instead) return end({ code, details });
      instead();
      end({ code: status.UNAVAILABLE, details: "The answer was lost." });
    });
    return stream;
  }

  function end({ code, details }: Refusal): void {
    if (isOver) return;
    isOver = true;
    upstream?.cancel();
    ended(code);
    if (code === status.OK) call.end();
    else call.emit("error", { code, details });
  }

  call.on("data", (request: Buffer) => {
    if (isOver) return;
    if (upstream === undefined) {
      const refusal = check(request);
      if (refusal) return end(refusal);
      upstream = open();
    }
    if (upstream.write(rewriting?.request(request) ?? request)) return;
    call.pause();
    upstream.once("drain", () => call.resume());
  });
  call.on("end", () => upstream?.end());
  call.on("error", () => {}); // how a status is sent
  call.on("cancelled", () => end({ code: status.CANCELLED, details: "The client ended the call." }));
  return end;
}

/** Firestore's emulator takes batch writes only so. */
function asOwner(): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", "Bearer owner");
  return metadata;
}
