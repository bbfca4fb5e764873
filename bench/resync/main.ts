import { parseArgs } from "node:util";
import { type Deployment, FAULTS, simulate } from "./resync-model.ts";

const HELP = `npm run bench:resync [-- --per-node 10000] [--shards 3] [--rate 0.001] [--query-ms 20]

Simulates what Firestore and the push topic get when a shard of Redis, a node, a zone, or all of Redis is lost, with
10,000, 100,000 and 1,000,000 connected devices. The times come from the product's own functions and constants, and from
the Socket.IO client's; random numbers stand for what is random there.
`;

const SIZES = [10_000, 100_000, 1_000_000];

const { values } = parseArgs({
  options: {
    "per-node": { type: "string", default: "10000" },
    shards: { type: "string", default: "3" },
    rate: { type: "string", default: "0.001" },
    "query-ms": { type: "string", default: "20" },
    help: { type: "boolean", default: false },
  },
});

const say = (line: string) => void process.stdout.write(`${line}\n`);

function deploymentOf(devices: number): Deployment {
  return {
    devices,
    devicesPerNode: Number(values["per-node"]),
    shards: Number(values.shards),
    zones: 3,
    messageRate: Number(values.rate),
    queryMs: Number(values["query-ms"]),
  };
}

if (values.help) say(HELP);
else {
  say("| lost | devices | queue reads | peak queries/s | of one node | last after | peak pushes/s |");
  say("| --- | --- | --- | --- | --- | --- | --- |");
  for (const fault of FAULTS) {
    for (const size of SIZES) {
      const load = simulate(fault, deploymentOf(size));
      const figures = [size, load.devices, load.queries, load.queriesOfOneNode].map((n) =>
        n.toLocaleString("en"),
      );
      say(`| ${[fault, ...figures, `${load.seconds} s`, load.pushes.toLocaleString("en")].join(" | ")} |`);
    }
  }
}
