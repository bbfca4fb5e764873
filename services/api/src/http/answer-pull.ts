import type { ServerResponse } from "node:http";
import { messagesJsonPieces, type PullPart, type StoredMessage } from "@dumbwaiter/core";
import { untilGone } from "./until-gone.ts";

const COMMA = Buffer.from(",");

/**
 * Answers with the parts of a pull as they are read. A part is asked for once the client has taken the one before, so
 * one part is held in memory, and none once the client has gone. What is thrown by the first part can still be answered;
 * after that only the end of the connection tells the client.
 */
export async function answerPull(
  response: ServerResponse,
  parts: AsyncIterable<PullPart>,
  beforePart: (messages: readonly StoredMessage[], bytes: number) => Promise<void>,
): Promise<void> {
  response.setHeader("Content-Type", "application/json");
  let pieces: Buffer[] = [Buffer.from('{"messages":[')];
  let isFirst = true;
  for await (const { messages, isLast, hasMore } of parts) {
    if (response.closed) return;
    const bytes = messages.reduce((sum, { envelope }) => sum + envelope.length, 0);
    await untilGone(response, beforePart(messages, bytes));
    if (response.closed) return;
    if (messages.length > 0) {
      if (!isFirst) pieces.push(COMMA);
      pieces.push(...messagesJsonPieces(messages));
      isFirst = false;
    }
    if (isLast) {
      pieces.push(Buffer.from(`],"hasMore":${hasMore}}`));
      response.end(Buffer.concat(pieces));
      return;
    }
    const isTaken = response.write(Buffer.concat(pieces));
    // Until the client has taken them, the bytes are in memory once.
    pieces = [];
    messages.length = 0;
    if (!isTaken && !response.closed) await drained(response);
    if (response.closed) return;
  }
}

/** Resolves once the client has taken what was written, or its connection has ended. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    function done() {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    }
    response.on("drain", done);
    response.on("close", done);
  });
}
