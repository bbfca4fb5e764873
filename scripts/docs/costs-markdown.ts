import { AT_ONCE, MESSAGE_BUDGET, STEADY_RATE } from "@dumbwaiter/dev-env/cost/message-budget";
import {
  BILLED,
  bytesToClient,
  costOfMillion,
  PRICES,
  pubsubBytes,
} from "@dumbwaiter/dev-env/cost/million-messages";

const BEGIN = "<!-- Made by `npm run docs` from packages/dev-env/src/cost: change it there. -->";
const END = "<!-- The end of what `npm run docs` makes. -->";

const ENVELOPE = 1_400;
const LARGE_ENVELOPE = 200 * 1024;
/** Of the services together, by `npm run bench`. */
const CPU_SECONDS_PER_MILLION = 360;
const HOURS_PER_MONTH = 730;
/** The defaults of a RoutingService: pods of the three components, and what they request together. */
const PODS = { vcpu: 6 * 0.5, memoryGiB: 2 * (0.5 + 0.75 + 1) };

const CASES = [
  { name: "online, acknowledged over the socket", billed: BILLED.online, deliveries: 1 },
  { name: "each device more that is online", billed: BILLED.device, deliveries: 1 },
  { name: "offline, pulled 50 at a time", billed: BILLED.offline, deliveries: 1 },
  { name: "a push request for it", billed: BILLED.push, deliveries: 0 },
  { name: "ephemeral", billed: BILLED.ephemeral, deliveries: 1 },
  { name: "anonymous, with an access key", billed: BILLED.anonymous, deliveries: 1 },
  { name: "over 64 KiB: here 200 KiB", billed: BILLED.large, deliveries: 1, bytes: LARGE_ENVELOPE },
  { name: "a connection that finds nothing queued", billed: BILLED.connection, deliveries: 0 },
];

const number = (value: number) => value.toLocaleString("en-US", { maximumFractionDigits: 3 });
const dollars = (value: number) => `$${value.toFixed(2)}`;
const row = (...cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;

/** The document with its costs as the code says them. */
export function withCosts(document: string): string {
  const [before, rest] = document.split(`${BEGIN}\n`);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error("docs/operations.md has no place for the costs");
  return `${before}${BEGIN}\n\n${costs()}\n${END}${after}`;
}

function costs(): string {
  return `${operations()}

${prices()}

${million()}

${month()}

${budget()}
`;
}

function operations(): string {
  const rows = CASES.map(({ name, billed: { published, pushed, reads, writes, deletes } }) =>
    row(name, published + pushed, number(reads), writes, deletes),
  );
  return `### Operations that are billed

What Google bills of a message, for one device unless it says otherwise. \`tests/stack/counted-operations.system.test.ts\`
counts each row at the calls:

| message | Pub/Sub messages, each published and delivered | Firestore reads | writes | deletes |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

- Recipients of whom several messages are in one batch are read once for all of them, so there are fewer reads under load.
- The user of an offline message is read twice if the device is the first that the user had, before and after the message
  is stored; for any other device, once.
- An access key is read at most every 5 s by each process, however many messages bear it.
- An urgent message, of priority 5 or higher, costs what others do. Push requests for it are not throttled, so each
  costs one.
- A message over 64 KiB passes Redis as a poke, and the node reads it from Firestore: one read. What costs is its bytes.
- A message that expires costs one delete, like an acknowledged one. Firestore has no free quota of those.
- A refused send, over a limit or too large, costs nothing but CPU and Redis.
- Redis is billed by its nodes, and not by commands.`;
}

function prices(): string {
  return `### Prices

The costs below assume these list prices in US dollars, as of mid-2026 for us-central1 (Iowa), without free quotas or
discounts. They change, and differ by region: replace those that differ for you, and calculate again as shown below.

| resource | assumed price |
| --- | --- |
${[
  row(
    "Pub/Sub",
    `$${PRICES.pubsubPerTiB} per TiB published, and per TiB delivered; at least ${number(PRICES.pubsubLeastBytes)} bytes per publish, push or pull request, however many messages it has (the first 10 GiB of a month are free)`,
  ),
  row(
    "Firestore, per 100,000",
    `$${PRICES.reads} reads, $${PRICES.writes} writes, $${PRICES.deletes} deletes (twice that in \`nam5\` and \`eur3\`)`,
  ),
  row("Internet egress", `$${PRICES.egressPerGiB} per GiB`),
  row("Load balancer", `$${PRICES.balancerPerGiB} per GiB in and out, $${PRICES.balancer} per hour`),
  row("GKE Autopilot", `$${PRICES.vcpu} per vCPU-hour, $${PRICES.memoryGiB} per GiB-hour of memory`),
  row("GKE cluster", `$${PRICES.cluster} per hour`),
  row("Memorystore for Redis, Standard", `$${PRICES.redisGiB} per GiB-hour`),
].join("\n")}`;
}

function million(): string {
  const rows = CASES.map(({ name, billed, deliveries, bytes = ENVELOPE }) => {
    const { pubsub, firestore, network } = costOfMillion(billed, bytes, deliveries);
    return row(
      name,
      ...[pubsub, firestore, network].map(dollars),
      `**${dollars(pubsub + firestore + network)}**`,
    );
  });
  const { pubsub, firestore, network } = costOfMillion(BILLED.online, ENVELOPE, 1);
  const own = pubsubBytes(ENVELOPE) - ENVELOPE;
  const answer = MESSAGE_BUDGET["api bytes"].alone;
  const vcpuHours = CPU_SECONDS_PER_MILLION / 3600 / 0.6;
  return `### Costs of a million

With envelopes of ${number(ENVELOPE)} bytes, and messages that come one by one, so that each is a request to Pub/Sub. Where several
share a request, those of less than ${number(PRICES.pubsubLeastBytes)} bytes cost less: here only push requests.

| a million of | Pub/Sub | Firestore | network | sum |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

For those that are online, of which Firestore is ${Math.round((100 * firestore) / (pubsub + firestore + network))} %:

- Pub/Sub: 2 × 10⁶ × (${number(ENVELOPE)} + ${own}) bytes × $${PRICES.pubsubPerTiB} / 2⁴⁰ = ${dollars(pubsub)}. The ${own} bytes are attributes, time and ID.
- Firestore: 10 × ($${PRICES.reads} + $${PRICES.writes} + $${PRICES.deletes}) = ${dollars(firestore)}
- Network: ${number(bytesToClient(ENVELOPE))} bytes to the recipient and ${answer} to the sender, 10⁶ × ${number(bytesToClient(ENVELOPE) + answer)} × $${PRICES.egressPerGiB} / 2³⁰; and
  the load balancer, also for what the sender posts, 10⁶ × ${number(bytesToClient(ENVELOPE) + answer + ENVELOPE)} × $${PRICES.balancerPerGiB} / 2³⁰: ${dollars(network)} together. TLS and TCP
  come on top.
- CPU, not in the table: ${CPU_SECONDS_PER_MILLION} CPU seconds under load ([sizing](#sizing)), on pods that are busy for 60 % of the time:
  ${vcpuHours.toFixed(2)} vCPU-hours × $${PRICES.vcpu} = ${dollars(vcpuHours * PRICES.vcpu)}. At low rates a message takes more, but the fixed pods below have it.

Storage is small: a million messages that wait for a day are ${number((ENVELOPE * 1e6) / 1e9)} GB × 1/30 month.`;
}

function month(): string {
  const fixed = [
    ["pods, as by default: 6 × 0.5 vCPU", PODS.vcpu * PRICES.vcpu],
    [`their memory, ${PODS.memoryGiB} GiB`, PODS.memoryGiB * PRICES.memoryGiB],
    ["Redis, 1 GiB", PRICES.redisGiB],
    ["load balancer", PRICES.balancer],
    ["cluster", PRICES.cluster],
  ] as const;
  const sum = fixed.reduce((total, [, price]) => total + price, 0);
  return `### Fixed costs

For each month of ${HOURS_PER_MONTH} hours:

| resource | per hour | per month |
| --- | --- | --- |
${fixed.map(([name, price]) => row(name, `$${price.toFixed(3)}`, dollars(price * HOURS_PER_MONTH))).join("\n")}
${row("**sum**", `$${sum.toFixed(3)}`, `**${dollars(sum * HOURS_PER_MONTH)}**`)}

1 GiB of Redis is enough for a million connected devices with 230 bytes of subscription, and three limits of 240 bytes
each ([sizing](#sizing)). The operator's pods, logs, metrics and traces come on top.`;
}

function budget(): string {
  const rows = Object.entries(MESSAGE_BUDGET).map(([name, { alone, steady, busy }]) =>
    row(name, number(alone), number(steady), busy < 0.1 ? `${busy * AT_ONCE} / ${AT_ONCE}` : number(busy)),
  );
  return `### Calls, frames and writes

What a message to one connected device takes at most, from the send over HTTP to the acknowledgement over the socket,
which the client sends for each message by itself. \`tests/stack/message-budget.system.test.ts\` fails if it takes more:

| for each message | one by one | ${STEADY_RATE} a second | ${AT_ONCE} at once |
| --- | --- | --- | --- |
${rows.join("\n")}

Bytes are what comes on top of the envelope. Redis commands include those that scripts call. The frames of realtime are
the message, and the answer to its acknowledgement. \`npm run bench\` measures CPU and memory.`;
}
