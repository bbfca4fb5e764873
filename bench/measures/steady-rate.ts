import { expressFloor } from "../floors/express-floor.ts";
import { openConnectedTraffic } from "../load/connected-traffic.ts";
import { type EmulatorLatencies, openEmulatorCanary } from "../load/emulator-canary.ts";
import { steadyTraffic, type TrafficReport } from "../load/steady-traffic.ts";
import { cpuFigures, cpuOf } from "../load/traffic.ts";
import type { Measure } from "../runner/measure.ts";
import { percentile } from "../runner/statistics.ts";

/** Messages at a steady rate, as most deployments have them, and how long they take. */
export function steadyRateMeasure(perSecond: number, seconds: number): Measure {
  const name = `rate-${perSecond}`;
  const ms = ["answered-p50", "answered-p99", "p50", "p99", "emulator-p50", "emulator-p99", "own-p99"];
  return {
    name,
    title: `send → live → ack, ${perSecond} messages a second`,
    figures: [...cpuFigures(name), ...ms.map((part) => ({ name: `${name}/${part}`, unit: "ms" }))],
    openFloor: expressFloor(name, 32),
    async open(tree, run) {
      const traffic = await openConnectedTraffic(tree, run);
      const canary = await openEmulatorCanary(traffic.stack);
      return {
        warmUp: traffic.warmUp,
        async round() {
          const time = run.scaled(seconds);
          let report: TrafficReport | undefined;
          let emulator: EmulatorLatencies | undefined;
          const cpu = await cpuOf(name, traffic, perSecond * time, async () => {
            [report, emulator] = await Promise.all([
              steadyTraffic(traffic.senders, traffic.recipients, perSecond, time),
              canary.measure(time, Math.min(perSecond, 50)),
            ]);
          });
          const [answered, delivered] = [report?.answered ?? [], report?.delivered ?? []];
          const pulled = emulator?.pulled ?? [];
          return {
            ...cpu,
            [`${name}/answered-p50`]: percentile(answered, 0.5),
            [`${name}/answered-p99`]: percentile(answered, 0.99),
            [`${name}/p50`]: percentile(delivered, 0.5),
            [`${name}/p99`]: percentile(delivered, 0.99),
            [`${name}/emulator-p50`]: percentile(pulled, 0.5),
            [`${name}/emulator-p99`]: percentile(pulled, 0.99),
            [`${name}/own-p99`]: percentile(delivered, 0.99) - percentile(pulled, 0.99),
          };
        },
        async close() {
          await canary.close();
          await traffic.close();
        },
      };
    },
  };
}
