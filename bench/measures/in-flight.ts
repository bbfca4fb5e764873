import { expressFloor } from "../floors/express-floor.ts";
import { openConnectedTraffic } from "../load/connected-traffic.ts";
import { inFlight } from "../load/in-flight.ts";
import { cpuFigures, cpuOf } from "../load/traffic.ts";
import type { Measure } from "../runner/measure.ts";

const MESSAGES = 10_000;
const SENT = "dumbwaiter_realtime_messages_delivered_total";

/** Messages from the send to the acknowledgement, so many at a time. */
export function inFlightMeasure(atOnce: number): Measure {
  const name = `in-flight-${atOnce}`;
  return {
    name,
    title: `send → live → ack, ${atOnce.toLocaleString("en")} in flight`,
    figures: [
      ...cpuFigures(name),
      { name: `${name}/rate`, unit: "messages per second" },
      { name: `${name}/sent-again`, unit: "messages sent to a socket again" },
    ],
    openFloor: expressFloor(name, atOnce),
    async open(tree, run) {
      const traffic = await openConnectedTraffic(tree, run);
      return {
        async round() {
          const messages = run.scaled(MESSAGES);
          const sentBefore = await traffic.count("realtime", SENT);
          const startedAt = performance.now();
          const cpu = await cpuOf(name, traffic, messages, () =>
            inFlight(atOnce, messages, traffic.sendAndAck),
          );
          const seconds = (performance.now() - startedAt) / 1_000;
          return {
            ...cpu,
            [`${name}/rate`]: messages / seconds,
            [`${name}/sent-again`]: (await traffic.count("realtime", SENT)) - sentBefore - messages,
          };
        },
        close: traffic.close,
      };
    },
  };
}
