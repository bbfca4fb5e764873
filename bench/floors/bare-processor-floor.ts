import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { startRedis, uniqueName } from "@dumbwaiter/dev-env/servers";
import { fillTopic, googlePubSub } from "../load/fill-topic.ts";
import type { Run } from "../runner/measure.ts";
import type { BareProcessor } from "./bare-processor.ts";

export interface Backlog {
  readonly pid: number;
  /** Publishes so many messages. */
  fill(messages: number): Promise<void>;
  /** Messages that have been stored so far. */
  stored(): Promise<number>;
  close(): Promise<void>;
}

/** A loop of pull, commit, SPUBLISH and acknowledgement on a topic of its own. @param recipients their URNs */
export async function openBareProcessor(run: Run, recipients: readonly string[]): Promise<Backlog> {
  const { pubsub, firestore } = await run.emulators();
  const redis = await startRedis();
  const projectId = uniqueName("bare");
  const google = googlePubSub(projectId, pubsub.url);
  const [topic] = await google.createTopic("bare");
  await topic.createSubscription("bare");
  const settings: BareProcessor = {
    ...{ projectId, subscription: "bare", pubsub: pubsub.url, firestore: firestore.url },
    redisPort: redis.port,
  };
  const loop = fork(join(import.meta.dirname, "bare-processor.ts"), [JSON.stringify(settings)]);
  let stored = 0;
  loop.on("message", (messages) => {
    stored += Number(messages);
  });
  return {
    pid: loop.pid as number,
    fill: (messages) => fillTopic(google, "bare", messages, recipients),
    stored: async () => stored,
    async close() {
      await end(loop);
      await google.close();
      await redis.stop();
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
