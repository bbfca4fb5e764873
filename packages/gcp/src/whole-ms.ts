import type { protos } from "@google-cloud/pubsub";

type Timestamp = protos.google.protobuf.ITimestamp;

/** A time of Google's, in milliseconds since the epoch, rounded down. */
export function wholeMs({ seconds, nanos }: Timestamp): number {
  return secondsOf(seconds) * 1000 + Math.floor((nanos ?? 0) / 1e6);
}

/** `Number` would take many divisions to turn a 64-bit integer of gRPC into text, and then that into a number. */
export function secondsOf(seconds: Timestamp["seconds"]): number {
  return typeof seconds === "object" && seconds !== null ? seconds.toNumber() : Number(seconds ?? 0);
}
