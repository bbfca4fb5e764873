import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { CallQueue } from "./call-queue.ts";
import { createCheckpoint } from "./checkpoint.ts";
import { createGroupCommit } from "./group-commit.ts";
import { openDatabase } from "./open-database.ts";
import type { Reply, Request, WorkerSettings } from "./protocol.ts";

/** Owns the database: all calls that arrive during a commit share the next transaction. */
function serve(port: MessagePort, { dataDir }: WorkerSettings): void {
  const db = openDatabase(dataDir);
  const commitGroup = createGroupCommit(db);
  const checkpoint = createCheckpoint(db);
  const waiting = new CallQueue();
  let closing = false;

  function take(request: Request): void {
    if (request === "close") closing = true;
    else for (const call of request.calls) waiting.add(call);
  }

  port.on("message", (request: Request) => {
    take(request);
    do {
      for (let more = receiveMessageOnPort(port); more; more = receiveMessageOnPort(port)) take(more.message);
      if (waiting.length > 0) {
        port.postMessage(commitGroup(waiting) satisfies Reply);
        checkpoint();
      }
    } while (waiting.length > 0);
    if (closing) {
      db.close();
      port.close();
    }
  });
  port.postMessage("opened" satisfies Reply);
}

if (parentPort) {
  try {
    serve(parentPort, workerData);
  } catch (error) {
    parentPort.postMessage({ refused: (error as Error).message } satisfies Reply);
    parentPort.close();
  }
}
