import { uniqueName } from "@dumbwaiter/dev-env/servers";
import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { Recipients } from "./recipients.ts";
import { Sender } from "./sender.ts";
import { percentiles, steadyTraffic } from "./steady-traffic.ts";

export interface HotTraffic {
  readonly endpoints: Endpoints;
  /** Messages a second to one recipient. */
  readonly rate: number;
  readonly senders: number;
  readonly seconds: number;
}

/** Time in which the traffic becomes steady, before it says so. */
const LEAD_SECONDS = 5;

const { endpoints, rate, senders, seconds } = JSON.parse(process.argv[2] ?? "") as HotTraffic;
const recipient = await Recipients.connect(uniqueName("hot"), 1, [endpoints]);
const all = await Promise.all(
  Array.from({ length: senders }, () => Sender.create(new WireUser(uniqueName("hot-sender"), endpoints))),
);
await steadyTraffic(all, recipient, rate, LEAD_SECONDS);
process.send?.("ready");
const startedAt = performance.now();
const { delivered } = await steadyTraffic(all, recipient, rate, seconds);
const perSecond = Math.round((1_000 * delivered.length) / (performance.now() - startedAt));
process.send?.(`${perSecond} messages a second; delivered, p50/p99 ${percentiles(delivered)}`);
recipient.disconnect();
for (const sender of all) sender.close();
process.disconnect();
