import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { freeze } from "@dumbwaiter/dev-env/servers/freeze";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { type Backlog, openBareProcessor } from "../floors/bare-processor-floor.ts";
import { fillTopic, googlePubSub } from "../load/fill-topic.ts";
import { CPU_UNIT } from "../load/traffic.ts";
import type { Found, Measure, Run, Subject } from "../runner/measure.ts";
import { startTreeStack } from "../trees/start-tree-stack.ts";
import type { Tree } from "../trees/tree.ts";

const MESSAGES = 15_000;
const RECIPIENTS = 64;
const name = "backlog";

/** The processor alone, on messages that wait for it, against the least that does its work. */
export const backlog: Measure = {
  name,
  title: `the processor on a backlog of ${MESSAGES.toLocaleString("en")}; the floor is a loop of pull, commit, SPUBLISH and ack`,
  figures: [
    { name, unit: CPU_UNIT },
    { name: `${name}/rate`, unit: "messages per second" },
  ],
  open: async (tree, run) => warm(await openProcessor(tree, run), run),
  openFloor: async (_, run) => {
    const recipients = Array.from({ length: RECIPIENTS }, () => `urn:sm:user:${uniqueName("bare")}`);
    return warm(await openBareProcessor(run, recipients), run);
  },
};

async function openProcessor(tree: Tree, run: Run): Promise<Backlog> {
  const started = await startTreeStack(tree, run);
  const { env, pubsub, processor } = started.stack;
  const users = Array.from(
    { length: RECIPIENTS },
    () => new WireUser(uniqueName("away"), started.endpoints[0] as Endpoints),
  );
  // Registers a device, so that deliveries are published.
  for (const user of users) await user.pull();
  const google = googlePubSub(env.GOOGLE_CLOUD_PROJECT as string, pubsub.url);
  return {
    pid: processor[0]?.pid as number,
    fill: (messages) =>
      fillTopic(
        google,
        "dumbwaiter-ingress",
        messages,
        users.map(({ urn }) => urn),
      ),
    stored: () => started.count("processor", "dumbwaiter_processor_messages_stored_total"),
    async close() {
      await google.close();
      await started.stop();
    },
  };
}

async function warm(process: Backlog, run: Run): Promise<Subject> {
  const round = () => work(process, run.scaled(MESSAGES));
  await round();
  return { round, close: process.close };
}

/** Fills the topic while the process stands still. */
async function work({ pid, fill, stored }: Backlog, messages: number): Promise<Found> {
  const wanted = (await stored()) + messages;
  await freeze(pid);
  await fill(messages);
  const before = cpuSeconds([pid]);
  const startedAt = performance.now();
  process.kill(pid, "SIGCONT");
  // Rarely: metrics cost the processor CPU time.
  while ((await stored()) < wanted) await sleep(500);
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    [name]: ((cpuSeconds([pid]) - before) * 10_000) / messages,
    [`${name}/rate`]: messages / seconds,
  };
}
