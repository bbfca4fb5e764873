import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { openConnectedTraffic } from "../load/connected-traffic.ts";
import { idleSockets } from "../load/idle-sockets.ts";
import { steadyTraffic } from "../load/steady-traffic.ts";
import { cpuFigures, cpuOf } from "../load/traffic.ts";
import type { Measure } from "../runner/measure.ts";

const SOCKETS = 10_000;
const ACTIVE = 100;
const PER_SECOND = 200;
const SECONDS = 15;
const name = "few-of-many";

/** Messages for one socket in a hundred, while the others are idle. */
export const fewOfMany: Measure = {
  name,
  title: `send → live → ack, ${PER_SECOND} messages a second to 1 % of ${SOCKETS.toLocaleString("en")} sockets`,
  figures: cpuFigures(name),
  rounds: 3,
  async open(tree, run) {
    const traffic = await openConnectedTraffic(tree, run, { recipients: ACTIVE });
    const { senders, recipients, endpoints, warmUp } = traffic;
    const [first] = endpoints as [Endpoints];
    const sockets = idleSockets(first.realtime, "queue:empty", () =>
      new WireUser(uniqueName("idle"), first).token(),
    );
    await sockets.open(run.scaled(SOCKETS - ACTIVE));
    return {
      warmUp,
      round() {
        const seconds = run.scaled(SECONDS);
        return cpuOf(name, traffic, PER_SECOND * seconds, async () => {
          await steadyTraffic(senders, recipients, PER_SECOND, seconds);
        });
      },
      async close() {
        sockets.close();
        await traffic.close();
      },
    };
  },
};
