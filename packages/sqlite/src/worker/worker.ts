import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { CallQueue } from "./call-queue.ts";
import { createCheckpoint } from "./checkpoint.ts";
import { createGroupCommit } from "./group-commit.ts";
import { openDatabase } from "./open-database.ts";
import type { Reply, Request, WorkerSettings } from "./protocol.ts";

/** Owns the database: all calls that arrive during a commit share the next transaction. */
function serve(port: MessagePort, { dataDir, maxLargeIngressBytes }: WorkerSettings): void {
  const db = openDatabase(dataDir);
  const commitGroup = createGroupCommit(db, maxLargeIngressBytes);
  const checkpoint = createCheckpoint(db);
  const waiting = new CallQueue();
  let closing = false;

  function take(request: Request): void {
    if (request === "close") closing = true;
    else for (const call of request.calls) waiting.add(call, request.deadline);
  }

  port.on("message", (request: Request) => {
    take(request);
    let served: number;
    do {
      served = 0;
      for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) take(more.message);
      if (waiting.length > 0) {
        const reply = commitGroup(waiting, closing) satisfies Reply;
        served = reply.outcomes.length;
        if (served > 0) port.postMessage(reply, buffersIn(reply.outcomes));
        checkpoint();
      }
    } while (served > 0);
    if (closing) {
      db.close();
      port.close();
    }
  });
  port.postMessage("opened" satisfies Reply);
}

/** The bytes that were read move to the main thread: nobody else refers to them, and copies would take memory. */
function buffersIn(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array) return [value.buffer as ArrayBuffer];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(buffersIn);
}

if (parentPort) {
  try {
    serve(parentPort, workerData);
  } catch (error) {
    parentPort.postMessage({ refused: (error as Error).message } satisfies Reply);
    parentPort.close();
  }
}
