import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { expressFloor } from "../floors/express-floor.ts";
import { inFlight } from "../load/in-flight.ts";
import type { Sender } from "../load/sender.ts";
import { cpuFigures, cpuOf, openSenders } from "../load/traffic.ts";
import type { Measure } from "../runner/measure.ts";
import { startTreeStack } from "../trees/start-tree-stack.ts";

const CONNECTIONS = 128;
const MESSAGES = 10_000;
const RECIPIENTS = 64;
const name = "send-stored";

/** Messages for recipients who have no device yet: from the send until they are stored. */
export const sendStored: Measure = {
  name,
  title: `send → stored, ${CONNECTIONS} connections`,
  figures: [...cpuFigures(name), { name: `${name}/rate`, unit: "messages per second" }],
  openFloor: expressFloor(name, CONNECTIONS),
  async open(tree, run) {
    const started = await startTreeStack(tree, run);
    const senders = await openSenders(started.endpoints);
    const users = Array.from(
      { length: RECIPIENTS },
      () => new WireUser(uniqueName("offline"), started.endpoints[0] as Endpoints),
    );
    const messages = run.scaled(MESSAGES);
    const store = () =>
      started.whileStoring(messages, () =>
        inFlight(CONNECTIONS, messages, async (index) => {
          const sender = senders[index % senders.length] as Sender;
          await sender.send(users[index % RECIPIENTS] as WireUser);
        }),
      );
    await store();
    return {
      async round() {
        const startedAt = performance.now();
        const cpu = await cpuOf(name, started, messages, store);
        return { ...cpu, [`${name}/rate`]: (messages * 1_000) / (performance.now() - startedAt) };
      },
      async close() {
        for (const sender of senders) sender.close();
        await started.stop();
      },
    };
  },
};
