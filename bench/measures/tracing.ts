import { startSpanCollector } from "@dumbwaiter/dev-env/observe/span-collector";
import { freePort } from "@dumbwaiter/dev-env/servers";
import { openConnectedTraffic } from "../load/connected-traffic.ts";
import { inFlight } from "../load/in-flight.ts";
import { timeDueTo } from "../report/cpu-profile.ts";
import { inspectOptions, LiveProfiler } from "../report/live-profiler.ts";
import type { Measure } from "../runner/measure.ts";
import { SERVICES, type ServiceName } from "../trees/start-tree-stack.ts";
import { treeLauncher } from "../trees/tree-launcher.ts";

const AT_ONCE = 256;
const MESSAGES = 10_000;
const name = "tracing";

/** The steps of messages, their spans and OpenTelemetry's exporter. */
const TRACING = /\/@opentelemetry\/|\/telemetry\/(?:tracing|message-steps|follow-|telling-|span-)/;

/**
 * What it costs to trace one message of ten. Stacks with and without traces differ less than rounds do, so this is
 * counted: the share of the profile's samples, of all services together.
 */
export const tracing: Measure = {
  name,
  title: `share of CPU for traces: send → live → ack, ${AT_ONCE} in flight, of which 10 % are traced`,
  figures: [name, ...SERVICES.map((service) => `${name}/${service}`)].map((each) => ({
    ...{ name: each, unit: "% of the CPU that functions take" },
  })),
  async open(tree, run) {
    const collector = await startSpanCollector();
    const ports = new Map<string, number>();
    for (const service of SERVICES) ports.set(service, await freePort());
    const source = treeLauncher(tree);
    const traffic = await openConnectedTraffic(tree, run, {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER: "traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0.1",
      },
      launcher: (program) => {
        const launch = source(program);
        const port = ports.get(program);
        if (port === undefined) return launch;
        return { ...launch, env: { NODE_OPTIONS: `${launch.env?.NODE_OPTIONS} ${inspectOptions(port)}` } };
      },
    });
    const profilers = await Promise.all(
      SERVICES.map(
        async (service) => [service, await LiveProfiler.attach(ports.get(service) as number)] as const,
      ),
    );
    return {
      async round() {
        await Promise.all(profilers.map(([, profiler]) => profiler.start()));
        const messages = run.scaled(MESSAGES);
        await inFlight(AT_ONCE, messages, traffic.sendAndAck);
        const times = new Map<ServiceName, ReturnType<typeof timeDueTo>>();
        for (const [service, profiler] of profilers) {
          times.set(
            service,
            timeDueTo(await profiler.stop(), (url) => TRACING.test(url)),
          );
        }
        const shareOf = (parts: readonly { readonly due: number; readonly total: number }[]) =>
          (100 * parts.reduce((sum, { due }) => sum + due, 0)) /
          parts.reduce((sum, { total }) => sum + total, 0);
        return {
          [name]: shareOf([...times.values()]),
          ...Object.fromEntries([...times].map(([service, time]) => [`${name}/${service}`, shareOf([time])])),
        };
      },
      async close() {
        for (const [, profiler] of profilers) profiler.close();
        await traffic.close();
        await collector.close();
      },
    };
  },
};
