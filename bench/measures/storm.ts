import { setTimeout as sleep } from "node:timers/promises";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Endpoints, untilLive, WireUser } from "@dumbwaiter/wire-user";
import { inFlight } from "../load/in-flight.ts";
import type { Sender } from "../load/sender.ts";
import { cpuFigures, cpuOf, openSenders } from "../load/traffic.ts";
import type { Found, Measure } from "../runner/measure.ts";
import { percentile } from "../runner/statistics.ts";
import { startTreeStack, type TreeStack } from "../trees/start-tree-stack.ts";

const CLIENTS = 2_000;
/** A quarter of 100: a commit and another, in two rounds, send half of what the Pub/Sub emulator takes. */
const QUEUED = 25;
const WITHIN_MS = 5_000;
const PATIENCE_MS = 600_000;
const name = "storm";

/** Many clients connect at once, each with messages that wait for it. */
export const storm: Measure = {
  name,
  title: `${CLIENTS.toLocaleString("en")} clients connect within ${WITHIN_MS / 1_000} s, ${QUEUED} messages wait for each`,
  figures: [
    ...cpuFigures(name),
    { name: `${name}/p50`, unit: "s until the backlog has come" },
    { name: `${name}/p99`, unit: "s until the backlog has come" },
  ],
  rounds: 2,
  async open(tree, run) {
    const started = await startTreeStack(tree, run);
    const senders = await openSenders(started.endpoints);
    return {
      round: () => stormOnce(started, senders, run.scaled(CLIENTS)),
      async close() {
        for (const sender of senders) sender.close();
        await started.stop();
      },
    };
  },
};

async function stormOnce(started: TreeStack, senders: readonly Sender[], count: number): Promise<Found> {
  const [endpoints] = started.endpoints as [Endpoints];
  const users = Array.from({ length: count }, () => new WireUser(uniqueName("storm"), endpoints));
  const messages = count * QUEUED;
  await started.whileStoring(messages, () =>
    inFlight(128, messages, async (index) => {
      await (senders[index % senders.length] as Sender).send(users[index % count] as WireUser);
    }),
  );
  const seconds: number[] = [];
  const connect = async (user: WireUser) => {
    await sleep(WITHIN_MS * Math.random());
    const startedAt = performance.now();
    const client = user.connect();
    void (async () => {
      for await (const message of client.messages()) await message.ack();
    })();
    await untilLive(client, PATIENCE_MS);
    seconds.push((performance.now() - startedAt) / 1_000);
    await client.close({ timeoutMs: PATIENCE_MS });
  };
  const cpu = await cpuOf(name, started, messages, async () => {
    await Promise.all(users.map(connect));
  });
  return {
    ...cpu,
    [`${name}/p50`]: percentile(seconds, 0.5),
    [`${name}/p99`]: percentile(seconds, 0.99),
  };
}
