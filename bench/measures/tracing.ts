import { startSpanCollector } from "@dumbwaiter/dev-env/observe/span-collector";
import { freePort } from "@dumbwaiter/dev-env/servers";
import type { Launcher } from "@dumbwaiter/dev-env/stack/launcher";
import { type ConnectedTraffic, openConnectedTraffic } from "../load/connected-traffic.ts";
import { inFlight } from "../load/in-flight.ts";
import { timeDueTo } from "../report/cpu-profile.ts";
import { inspectOptions, LiveProfiler } from "../report/live-profiler.ts";
import type { Found, Measure, Run } from "../runner/measure.ts";
import { SERVICES, type ServiceName } from "../trees/start-tree-stack.ts";
import { treeLauncher, withNodeOptions } from "../trees/tree-launcher.ts";

const AT_ONCE = 256;
const MESSAGES = 10_000;
const name = "tracing";

/** The steps of messages, their spans and OpenTelemetry's exporter. */
const TRACING = /\/@opentelemetry\/|\/telemetry\/(?:tracing|message-steps|follow-|telling-|span-)/;

/**
 * What it costs to trace one message of ten. Stacks with and without traces differ less than rounds do, so this is the
 * share of the time in functions, by CPU profiles of all services.
 */
export const tracing: Measure = {
  name,
  title: `share of the time for traces: send → live → ack, ${AT_ONCE} in flight, of which 10 % are traced`,
  figures: [name, ...SERVICES.map((service) => `${name}/${service}`)].map((figure) => ({
    name: figure,
    unit: "% of the time in functions",
  })),
  async open(tree, run) {
    const opened = new AsyncDisposableStack();
    try {
      const collector = opened.adopt(await startSpanCollector(), (each) => each.close());
      const ports = new Map<string, number>();
      for (const service of SERVICES) ports.set(service, await freePort());
      const traffic = opened.adopt(
        await openConnectedTraffic(tree, run, {
          env: {
            OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
            OTEL_TRACES_SAMPLER: "traceidratio",
            OTEL_TRACES_SAMPLER_ARG: "0.1",
          },
          launcher: inspected(treeLauncher(tree), ports),
        }),
        (each) => each.close(),
      );
      const profilers = new Map<ServiceName, LiveProfiler>();
      for (const service of SERVICES) {
        const attached = await LiveProfiler.attach(ports.get(service) as number);
        profilers.set(
          service,
          opened.adopt(attached, (each) => each.close()),
        );
      }
      return {
        warmUp: traffic.warmUp,
        round: () => roundOf(run, traffic, profilers),
        close: () => opened.disposeAsync(),
      };
    } catch (error) {
      await opened.disposeAsync();
      throw error;
    }
  },
};

function inspected(launcher: Launcher, ports: ReadonlyMap<string, number>): Launcher {
  return (program) => {
    const launch = launcher(program);
    const port = ports.get(program);
    return port === undefined ? launch : withNodeOptions(launch, inspectOptions(port));
  };
}

async function roundOf(
  run: Run,
  { sendAndAck }: ConnectedTraffic,
  profilers: ReadonlyMap<ServiceName, LiveProfiler>,
): Promise<Found> {
  await Promise.all([...profilers.values()].map((profiler) => profiler.start()));
  await inFlight(AT_ONCE, run.scaled(MESSAGES), sendAndAck);
  const found: Record<string, number> = {};
  let [due, total] = [0, 0];
  for (const [service, profiler] of profilers) {
    const time = timeDueTo(await profiler.stop(), (url) => TRACING.test(url));
    found[`${name}/${service}`] = (100 * time.due) / time.total;
    due += time.due;
    total += time.total;
  }
  return { ...found, [name]: (100 * due) / total };
}
