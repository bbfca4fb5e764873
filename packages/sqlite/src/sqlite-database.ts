import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { UnavailableError } from "@dumbwaiter/core";
import type { Operations } from "./worker/operations.ts";
import {
  type Call,
  type Outcome,
  type Reply,
  type Request,
  sharedNow,
  type WorkerSettings,
} from "./worker/protocol.ts";

/** The database of one data directory, on its own thread. */
export interface SqliteDatabase {
  /**
   * Resolves once the operation is committed; operations called during a commit share the next one.
   *
   * @throws UnavailableError when it failed, or when its outcome is not known in time
   */
  call<Name extends keyof Operations>(
    name: Name,
    ...args: Parameters<Operations[Name]>
  ): Promise<ReturnType<Operations[Name]>>;
  /** The number of commits that have waited for the disk. */
  durableCommits(): number;
  /** Finishes pending calls, then closes. Idempotent. */
  close(): Promise<void>;
}

export interface SqliteDatabaseSettings {
  /** Created when it is missing. */
  readonly dataDir: string;
  /** While large records (over 64 KiB) of so many bytes wait for the consumer, others wait to be accepted; default none. */
  readonly maxLargeIngressBytes?: number | undefined;
  /** How long a call waits for its commit; default 10,000. */
  readonly callTimeoutMs?: number | undefined;
}

interface Pending {
  readonly deadline: number;
  resolve(value: unknown): void;
  reject(error: UnavailableError): void;
}

const DEFAULT_CALL_TIMEOUT_MS = 10_000;

/** More pending calls mean that the disk has stopped: they are refused, so that memory does not fill. */
const MAX_PENDING = 20_000;

/** @throws Error with a message for people, when the directory is in use or cannot be read or written */
export async function openSqliteDatabase(settings: SqliteDatabaseSettings): Promise<SqliteDatabase> {
  const callTimeoutMs = settings.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS;
  const { dataDir, maxLargeIngressBytes } = settings;
  const worker = new Worker(new URL("./worker/worker.ts", import.meta.url), {
    name: "sqlite",
    workerData: { dataDir, maxLargeIngressBytes } satisfies WorkerSettings,
    execArgv: [],
  });
  const [first] = (await once(worker, "message")) as [Reply];
  if (typeof first === "object" && "refused" in first) throw new Error(first.refused);

  const pending = new Map<number, Pending>();
  let outbox: Call[] = [];
  let lastId = 0;
  let durableCommits = 0;
  let ended: unknown;

  worker.on("message", (reply: Exclude<Reply, "opened" | { refused: string }>) => {
    if (reply.durable) durableCommits += 1;
    for (const outcome of reply.outcomes) settle(outcome);
  });
  worker.on("error", (error) => {
    end(error);
    // A bug, or out of memory. All that was answered is on the disk, so let the process end and restart.
    throw error;
  });
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      end(new Error("the database is closed"));
      resolve();
    });
  });
  const overdue = setInterval(
    () => {
      const now = performance.now();
      for (const [id, { deadline }] of pending) {
        if (deadline > now) break;
        settle({ id, error: `no response within ${callTimeoutMs} ms` });
      }
    },
    Math.min(callTimeoutMs, 500),
  ).unref();

  function settle(outcome: Outcome): void {
    const waiting = pending.get(outcome.id);
    pending.delete(outcome.id);
    if ("error" in outcome) waiting?.reject(new UnavailableError("sqlite", new Error(outcome.error)));
    else waiting?.resolve(outcome.value);
  }

  function end(reason: unknown): void {
    ended ??= reason;
    clearInterval(overdue);
    for (const { reject } of pending.values()) reject(new UnavailableError("sqlite", ended));
    pending.clear();
  }

  function flush(): void {
    if (outbox.length === 0) return;
    worker.postMessage({ calls: outbox, deadline: sharedNow() + callTimeoutMs } satisfies Request);
    outbox = [];
  }

  let closed: Promise<void> | undefined;
  return {
    call(name, ...args) {
      return new Promise((resolve, reject) => {
        if (ended !== undefined || closed || pending.size >= MAX_PENDING) {
          reject(new UnavailableError("sqlite", ended));
          return;
        }
        lastId += 1;
        const deadline = performance.now() + callTimeoutMs;
        pending.set(lastId, { deadline, resolve: resolve as (value: unknown) => void, reject });
        // All calls of this turn of the event loop go to the worker in one message.
        if (outbox.push({ id: lastId, name, args }) === 1) setImmediate(flush);
      });
    },
    durableCommits: () => durableCommits,
    close() {
      closed ??= (async () => {
        flush();
        if (ended === undefined) worker.postMessage("close" satisfies Request);
        await exited;
      })();
      return closed;
    },
  };
}

/**
 * A copy of the bytes for the worker: cloning a view clones the whole underlying buffer, which for a small Buffer is
 * Node's shared pool.
 */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** The worker's bytes as a Buffer, without a copy. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
