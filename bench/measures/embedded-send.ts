import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { WireUser } from "@dumbwaiter/wire-user";
import { expressFloor } from "../floors/express-floor.ts";
import { inFlight } from "../load/in-flight.ts";
import type { Sender } from "../load/sender.ts";
import { CPU_UNIT, openSenders } from "../load/traffic.ts";
import type { Measure } from "../runner/measure.ts";
import { embeddedLaunch } from "../trees/tree-launcher.ts";

const CONNECTIONS = 32;
const MESSAGES = 10_000;
const RECIPIENTS = 64;
const name = "embedded-send";

/** Until each is stored: the 202 of the embedded process means a commit, and its processor shares the process. */
export const embeddedSend: Measure = {
  name,
  title: `send to the embedded process, ${CONNECTIONS} connections`,
  figures: [
    { name, unit: CPU_UNIT },
    { name: `${name}/rate`, unit: "messages per second" },
  ],
  openFloor: expressFloor(name, CONNECTIONS),
  async open(tree, run) {
    const embedded = await startEmbedded({ LOG_LEVEL: "warn" }, embeddedLaunch(tree));
    const senders = await openSenders([embedded]);
    const users = Array.from({ length: RECIPIENTS }, () => new WireUser(uniqueName("offline"), embedded));
    const messages = run.scaled(MESSAGES);
    const send = () =>
      inFlight(CONNECTIONS, messages, async (index) => {
        const sender = senders[index % senders.length] as Sender;
        await sender.send(users[index % RECIPIENTS] as WireUser);
      });
    await send();
    return {
      async round() {
        const before = cpuSeconds([embedded.pid]);
        const startedAt = performance.now();
        await send();
        const seconds = (performance.now() - startedAt) / 1_000;
        return {
          [name]: ((cpuSeconds([embedded.pid]) - before) * 10_000) / messages,
          [`${name}/rate`]: messages / seconds,
        };
      },
      async close() {
        for (const sender of senders) sender.close();
        await embedded.stop();
      },
    };
  },
};
