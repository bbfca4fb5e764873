import { startSpanCollector } from "@dumbwaiter/dev-env/observe/span-collector";
import { openConnectedTraffic } from "../load/connected-traffic.ts";
import { inFlight } from "../load/in-flight.ts";
import { cpuFigures, cpuOf } from "../load/traffic.ts";
import type { Measure, Run, Subject } from "../runner/measure.ts";
import type { Tree } from "../trees/tree.ts";

const AT_ONCE = 256;
const MESSAGES = 10_000;
const name = "tracing";

/** What it costs to trace one message of ten: the floor traces none. */
export const tracing: Measure = {
  name,
  title: `send → live → ack, ${AT_ONCE} in flight, of which 10 % are traced; the floor is without traces`,
  figures: cpuFigures(name),
  // Rounds differ by more than the cost that is looked for. With another commit these send 360,000 messages, and the
  // Pub/Sub emulator stops after some 400,000.
  rounds: 11,
  async open(tree, run) {
    const collector = await startSpanCollector();
    const subject = await open(tree, run, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.1",
    });
    return {
      round: subject.round,
      async close() {
        await subject.close();
        await collector.close();
      },
    };
  },
  openFloor: (tree, run) => open(tree, run, {}),
};

async function open(tree: Tree, run: Run, env: Readonly<Record<string, string>>): Promise<Subject> {
  const traffic = await openConnectedTraffic(tree, run, { env });
  return {
    round() {
      const messages = run.scaled(MESSAGES);
      return cpuOf(name, traffic, messages, () => inFlight(AT_ONCE, messages, traffic.sendAndAck));
    },
    close: traffic.close,
  };
}
