import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "@dumbwaiter/dev-env/observe/cpu-time";
import type { Launcher } from "@dumbwaiter/dev-env/stack/launcher";
import { NO_LIMITS } from "@dumbwaiter/dev-env/stack/no-limits";
import { type Stack, startStack } from "@dumbwaiter/dev-env/stack/start-stack";
import type { Endpoints } from "@dumbwaiter/wire-user";
import { nameProfiles, profileShares, profilingOptions } from "../report/cpu-profile.ts";
import type { Run } from "../runner/measure.ts";
import type { Tree } from "./tree.ts";
import { treeLauncher, withNodeOptions } from "./tree-launcher.ts";

export type ServiceName = "api" | "processor" | "realtime";
export const SERVICES: readonly ServiceName[] = ["api", "processor", "realtime"];

interface Options {
  /** How many of them; one by default. */
  readonly realtime?: number;
  /** More settings for every service. */
  readonly env?: Readonly<Record<string, string>>;
  /** From the source by default. */
  readonly launcher?: Launcher;
}

export interface TreeStack {
  readonly stack: Stack;
  /** One for each realtime node. */
  readonly endpoints: readonly Endpoints[];
  /** CPU seconds so far, by service. */
  cpu(): Readonly<Record<ServiceName, number>>;
  /** Over all nodes of a service. @param name of a counter, whatever its labels */
  count(service: ServiceName, name: string): Promise<number>;
  /** Does the work, and resolves once the processor has stored so many messages more. */
  whileStoring(messages: number, work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** The services of a tree without limits of users, on the emulators of the run and a Redis of their own. */
export async function startTreeStack(tree: Tree, run: Run, options: Options = {}): Promise<TreeStack> {
  const { launcher = treeLauncher(tree) } = options;
  const { profiles } = run;
  const stack = await startStack({
    ...(await run.emulators()),
    realtime: options.realtime ?? 1,
    env: { ...NO_LIMITS, LOG_LEVEL: "warn", ...options.env },
    launcher: (program) => {
      const launch = launcher(program);
      return profiles === undefined ? launch : withNodeOptions(launch, profilingOptions(profiles));
    },
  });
  const services = SERVICES.flatMap((service) => stack[service]);

  async function count(service: ServiceName, name: string): Promise<number> {
    const texts = stack[service].map(async ({ adminUrl }) => (await fetch(`${adminUrl}/metrics`)).text());
    const pattern = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm");
    const found = (await Promise.all(texts)).flatMap((text) => [...text.matchAll(pattern)]);
    return found.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  return {
    stack,
    endpoints: stack.realtime.map(({ url }) => ({
      api: stack.api[0]?.url as string,
      realtime: url,
      issuer: stack.issuer.url,
    })),
    cpu: () => {
      const of = (service: ServiceName) => cpuSeconds(stack[service].map(({ pid }) => pid));
      return { api: of("api"), processor: of("processor"), realtime: of("realtime") };
    },
    count,
    whileStoring: async (messages, work) => {
      const stored = () => count("processor", "dumbwaiter_processor_messages_stored_total");
      const wanted = (await stored()) + messages;
      await work();
      // Rarely: metrics cost the processor CPU time.
      while ((await stored()) < wanted) await sleep(250);
    },
    stop: async () => {
      const processes = services.map(({ name, pid }) => ({ name, pid }));
      await stack.stop();
      if (profiles === undefined) return;
      for (const [name, file] of await nameProfiles(profiles, processes)) {
        process.stderr.write(`${name}: ${file}\n`);
        for (const line of await profileShares(file)) process.stderr.write(`  ${line}\n`);
      }
    },
  };
}
