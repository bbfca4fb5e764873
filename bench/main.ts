import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import { benchOperator } from "./bench-operator.ts";
import { nameProfiles, profileShares, profilingOptions } from "./cpu-profile.ts";
import { measureStack } from "./measure-stack.ts";

const HELP = `npm run bench [-- --messages 20000] [--in-flight 1024] [--seconds 15] [--profile DIRECTORY]
npm run bench -- --operator [--services 1000]

Measures the services on the stack (one of each, with Redis and Google's emulators): CPU seconds of all service
processes per 10,000 messages from send to acknowledgement, the latency at 200 messages a second, and the time to pull
a queue of 5,000 over HTTP. Quote CPU seconds and ratios within one run, because wall times depend on the machine. To
compare machines, use the figures in floors: a floor is what a bare Express server costs for the same requests in the
same run.

--profile measures only the messages, writes <service>.cpuprofile into the directory (for Chrome's DevTools) and prints
where the time went over the whole life of the service.

--operator measures the operator on a Kubernetes of its own: the time until all RoutingServices are reconciled, the
duration of a reconcile, and the cost when nothing changes. The first run compiles that Kubernetes, which takes minutes.
It has no nodes: if a run takes ten minutes, Deployments exceed their progress deadline, and the operator writes that
into each status. These are the writes that a run of 1,000 counts at the end.
`;

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    messages: { type: "string", default: "20000" },
    "in-flight": { type: "string", default: "1024" },
    seconds: { type: "string", default: "15" },
    profile: { type: "string" },
    operator: { type: "boolean", default: false },
    services: { type: "string", default: "1000" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) say(HELP);
else if (values.operator) await benchOperator(Number(values.services), say);
else await bench(values.profile === undefined ? undefined : resolve(values.profile));

async function bench(profiles: string | undefined): Promise<void> {
  const stack = await startStack({
    env: {
      ...NO_LIMITS,
      LOG_LEVEL: "warn",
      ...(profiles === undefined ? {} : { NODE_OPTIONS: profilingOptions(profiles) }),
    },
  });
  const services = [...stack.api, ...stack.processor, ...stack.realtime].map(({ name, pid }) => ({
    name,
    pid,
  }));
  try {
    await measureStack(stack, say, {
      messages: Number(values.messages),
      inFlight: Number(values["in-flight"]),
      // A profile shows one kind of work.
      ...(profiles === undefined ? { latencySeconds: Number(values.seconds) } : {}),
    });
  } finally {
    await stack.stop();
  }
  if (profiles === undefined) return;
  for (const [name, file] of await nameProfiles(profiles, services)) {
    say(`${name}: ${file}`);
    for (const line of await profileShares(file)) say(`  ${line}`);
  }
}
