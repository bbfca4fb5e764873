import { openConnectedTraffic } from "../load/connected-traffic.ts";
import { steadyTraffic } from "../load/steady-traffic.ts";
import { cpuFigures, cpuOf } from "../load/traffic.ts";
import type { Measure, Run, Subject } from "../runner/measure.ts";
import type { Tree } from "../trees/tree.ts";

const PER_SECOND = 200;
const SECONDS = 15;

/** What several realtime nodes cost for the messages of one: the floor is one node. */
export const nodesMeasures: readonly Measure[] = [2, 4, 8].map((nodes) => {
  const name = `nodes-${nodes}`;
  return {
    name,
    title: `send → live → ack, ${PER_SECOND} messages a second on ${nodes} realtime nodes; the floor is one node`,
    figures: cpuFigures(name),
    open: (tree, run) => open(name, tree, run, nodes),
    openFloor: (tree, run) => open(name, tree, run, 1),
  };
});

async function open(name: string, tree: Tree, run: Run, nodes: number): Promise<Subject> {
  const traffic = await openConnectedTraffic(tree, run, { nodes });
  const { senders, recipients, warmUp, close } = traffic;
  return {
    warmUp,
    round() {
      const seconds = run.scaled(SECONDS);
      return cpuOf(name, traffic, PER_SECOND * seconds, async () => {
        await steadyTraffic(senders, recipients, PER_SECOND, seconds);
      });
    },
    close,
  };
}
