import { type Endpoints, WireUser } from "@dumbwaiter/wire-user";
import { uniqueName } from "../servers/unique-name.ts";
import { startEmbedded as startEmbeddedProcess } from "../stack/embedded-process.ts";
import { DEFAULT_LIMITS } from "../stack/no-limits.ts";
import { asPods, podMemory } from "../stack/pod-memory.ts";
import { startStack } from "../stack/start-stack.ts";
import { connectRecipient } from "../traffic/connected-recipient.ts";
import { Ledger } from "../traffic/ledger.ts";
import { fillQueue } from "./fill-queue.ts";

/** What is attacked, with the limits that it has by default. */
export interface Target {
  readonly endpoints: Endpoints;
  readonly processes: readonly TargetProcess[];
  /** What these depend on. */
  readonly servers: readonly Pick<TargetProcess, "name" | "pid">[];
  /** Starts it again, when an attack has left something behind. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface TargetProcess {
  readonly name: string;
  /** Throws while the process is down. */
  readonly pid: number;
  /** What its pod may use. */
  readonly limitMib?: number;
}

/** The embedded process as `npm start` runs it. */
export async function embeddedTarget(): Promise<Target> {
  const embedded = await startEmbeddedProcess(DEFAULT_LIMITS);
  const endpoints = { api: embedded.api, realtime: embedded.realtime, issuer: embedded.issuer };
  await warmUp(endpoints);
  return {
    endpoints,
    processes: [
      {
        name: "embedded",
        get pid() {
          return embedded.pid;
        },
      },
    ],
    servers: [],
    async restart() {
      await embedded.restart();
      await warmUp(endpoints);
    },
    stop: () => embedded.stop(),
  };
}

/** One of each service, each with the heap of its pod, and servers of their own. */
export async function servicesTarget(): Promise<Target> {
  const memory = podMemory();
  const stack = await startStack({ launcher: asPods(memory) });
  const { redis, pubsub, firestore } = stack;
  const services = [...stack.api, ...stack.realtime, ...stack.processor];
  const [[api], [realtime]] = [stack.api, stack.realtime];
  const endpoints = { api: api?.url ?? "", realtime: realtime?.url ?? "", issuer: stack.issuer.url };
  await warmUp(endpoints);
  return {
    endpoints,
    processes: services.map((service) => {
      const name = service.name.replace(/-\d+$/, "");
      const { limitMib } = memory.get(name) as { limitMib: number };
      return {
        name,
        limitMib,
        get pid() {
          return service.pid;
        },
      };
    }),
    servers: Object.entries({ redis, pubsub, firestore }).map(([name, { pid }]) => ({ name, pid })),
    async restart() {
      await Promise.all(services.map((service) => service.restart()));
      await warmUp(endpoints);
    },
    stop: () => stack.stop(),
  };
}

const FRIENDS = 3;
/** As many as one sender may send at once. */
const SENDS = 100;

/** An honest hour in short, so that caches, code and connections are there before anything is measured. */
async function warmUp(endpoints: Endpoints): Promise<void> {
  const newUser = (name: string) => new WireUser(uniqueName(name), endpoints);
  const [alice, bob] = [newUser("alice"), newUser("bob")];
  const recipient = await connectRecipient(alice, new Ledger());
  for (let friend = 0; friend < FRIENDS; friend++) {
    const sender = newUser("friend");
    for (let sent = 0; sent < SENDS; sent++) await sender.send(alice);
  }
  await recipient.close();
  await fillQueue(bob);
  for (let pulls = 0; pulls < 3; pulls++) await bob.pull();
}
