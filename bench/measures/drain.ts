import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Endpoints, until, WireUser } from "@dumbwaiter/wire-user";
import { inFlight } from "../load/in-flight.ts";
import type { Sender } from "../load/sender.ts";
import { openSenders } from "../load/traffic.ts";
import type { Measure } from "../runner/measure.ts";
import { startTreeStack, type TreeStack } from "../trees/start-tree-stack.ts";

const QUEUED = 5_000;
const PAGE = 500;
const name = "drain";

/** The pull and the acknowledgement of a long queue over HTTP. */
export const drain: Measure = {
  name,
  title: `pull and ack of ${QUEUED.toLocaleString("en")} over HTTP, ${PAGE} a pull`,
  figures: [
    { name, unit: "CPU s" },
    { name: `${name}/seconds`, unit: "s" },
    { name: `${name}/duplicates`, unit: "messages received again" },
  ],
  async open(tree, run) {
    const started = await startTreeStack(tree, run);
    const senders = await openSenders(started.endpoints);
    const round = () => drainOnce(started, senders, run.scaled(QUEUED));
    await round();
    return {
      round,
      async close() {
        for (const sender of senders) sender.close();
        await started.stop();
      },
    };
  },
};

async function drainOnce(
  { endpoints, cpu, whileStoring }: TreeStack,
  senders: readonly Sender[],
  queued: number,
) {
  // The user has no device yet, so the messages wait in the queue that the first device adopts.
  const user = new WireUser(uniqueName("queued"), endpoints[0] as Endpoints);
  await whileStoring(queued, () =>
    inFlight(128, queued, async (index) => {
      await (senders[index % senders.length] as Sender).send(user);
    }),
  );
  const used = () => Object.values(cpu()).reduce((sum, seconds) => sum + seconds, 0);
  const before = used();
  const startedAt = performance.now();
  const received: string[] = [];
  await until(
    async () => {
      const ids = (await user.pull(PAGE)).messages.map(({ id }) => id);
      received.push(...ids);
      await user.ack(ids);
      return new Set(received).size;
    },
    (count) => count === queued,
    300_000,
  );
  return {
    [name]: used() - before,
    [`${name}/seconds`]: (performance.now() - startedAt) / 1_000,
    [`${name}/duplicates`]: received.length - queued,
  };
}
