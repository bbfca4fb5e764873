import { once } from "node:events";
import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { Recipients } from "../load/recipients.ts";
import { Sender } from "../load/sender.ts";
import { steadyTraffic } from "../load/steady-traffic.ts";
import { percentiles } from "./percentiles.ts";

/** What this process, a child of `main.ts`, is told by its argument. */
export interface BackgroundTraffic {
  readonly endpoints: Endpoints;
  /** Messages a second to all recipients together. */
  readonly rate: number;
  readonly senders: number;
  readonly recipients: number;
  readonly seconds: number;
}

/** Time in which the traffic becomes steady, before it says so. */
const LEAD_SECONDS = 5;

const { endpoints, rate, senders, recipients, seconds } = JSON.parse(
  process.argv[2] ?? "",
) as BackgroundTraffic;
const to = await Recipients.connect(uniqueName("background"), recipients, [endpoints]);
const from = await Promise.all(
  Array.from({ length: senders }, () => Sender.create(new WireUser(uniqueName("sender"), endpoints))),
);
await steadyTraffic(from, to, rate, LEAD_SECONDS);
process.send?.("ready");
const startedAt = performance.now();
const { delivered, refused } = await steadyTraffic(from, to, rate, seconds);
const elapsedSeconds = (performance.now() - startedAt) / 1_000;
const perSecond = (count: number) => Math.round(count / elapsedSeconds);
process.send?.(
  `${perSecond(delivered.length)} messages a second, delivered ${percentiles(delivered)}; ${perSecond(refused)} refused`,
);
// Until then, its CPU time can be read.
await once(process, "message");
await to.disconnect();
for (const sender of from) sender.close();
process.disconnect();
