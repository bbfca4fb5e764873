import type { Readable } from "node:stream";

/** What a logger has written to the stream since the last call. */
export function logLines(stream: Readable): Record<string, unknown>[] {
  return String(stream.read() ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
