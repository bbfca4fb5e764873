import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname } from "node:path";
import { LocalTokenBucket, tokenBucket } from "@dumbwaiter/core";
import { pause } from "./pause.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
};

const LARGE_BYTES = 64 * 1024;
const MIB = 1024 * 1024;

/** In bytes of all large files together: they are for people who read about the API, and large answers take much time. */
const pace = new LocalTokenBucket(tokenBucket(16 * MIB, 16 * MIB));

/**
 * Serves a file that is read once, now. A file opened for each request would keep its descriptor for as long as the
 * client does not read the answer; the bytes in memory are shared by all answers.
 */
export function serveFile(path: string) {
  return serveBytes(extname(path), readFileSync(path));
}

/** Serves the same bytes to everyone, with the content type of the file extension. */
export function serveBytes(extension: string, content: Buffer | string) {
  const type = TYPES[extension];
  if (type === undefined) throw new Error(`no content type is known for ${extension}`);
  const bytes = Buffer.from(content);
  return async ({ method }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (bytes.length > LARGE_BYTES && method !== "HEAD") {
      const { waitMs } = pace;
      pace.take(bytes.length);
      await pause(response, waitMs);
    }
    response.setHeader("Content-Type", type);
    response.setHeader("Content-Length", bytes.length);
    response.end(bytes);
  };
}
