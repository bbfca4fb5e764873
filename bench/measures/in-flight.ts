import { expressFloor } from "../floors/express-floor.ts";
import { openConnectedTraffic } from "../load/connected-traffic.ts";
import { inFlight } from "../load/in-flight.ts";
import { cpuFigures, cpuOf } from "../load/traffic.ts";
import type { Measure } from "../runner/measure.ts";

const MESSAGES = 10_000;
const SENT = "dumbwaiter_realtime_messages_delivered_total";

interface Options {
  readonly name: string;
  readonly title: string;
  /** Messages between the send and the acknowledgement. */
  readonly atOnce: number;
  readonly recipients: number;
}

export const inFlightMeasures: readonly Measure[] = [1024, 256].map((atOnce) =>
  inFlightMeasure({
    name: `in-flight-${atOnce}`,
    title: `send → live → ack, ${atOnce.toLocaleString("en")} in flight to 64 recipients`,
    ...{ atOnce, recipients: 64 },
  }),
);

export const recipientMeasures: readonly Measure[] = [50, 5_000].map((recipients) =>
  inFlightMeasure({
    name: `recipients-${recipients}`,
    title: `send → live → ack, 256 in flight to ${recipients.toLocaleString("en")} recipients`,
    ...{ atOnce: 256, recipients },
  }),
);

function inFlightMeasure({ name, title, atOnce, recipients }: Options): Measure {
  return {
    name,
    title,
    figures: [
      ...cpuFigures(name),
      { name: `${name}/rate`, unit: "messages per second" },
      { name: `${name}/sent-again`, unit: "messages sent to a socket again" },
    ],
    openFloor: expressFloor(name, atOnce),
    async open(tree, run) {
      const traffic = await openConnectedTraffic(tree, run, { recipients });
      return {
        warmUp: traffic.warmUp,
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
