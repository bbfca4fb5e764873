import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import type { Measure } from "../runner/measure.ts";
import { SERVICES, startTreeStack } from "../trees/start-tree-stack.ts";
import { bundleLauncher, embeddedLaunch } from "../trees/tree-launcher.ts";

const name = "start-up";

interface Restartable {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** From the start of a process until `/readyz` is 200, seen every 25 ms, with what V8 has made of the code before. */
export const startUp: Measure = {
  name,
  title: "start of each bundled service and of the embedded process, until it is ready",
  figures: [...SERVICES, "embedded"].map((program) => ({ name: `${name}/${program}`, unit: "s" })),
  async open(tree, run) {
    await promisify(execFile)("npm", ["run", "bundle", "--", ...SERVICES], { cwd: tree.folder });
    const started = await startTreeStack(tree, run, { launcher: bundleLauncher(tree) });
    const embedded = await startEmbedded({}, embeddedLaunch(tree));
    const programs: [string, Restartable][] = [["embedded", embedded]];
    for (const service of SERVICES) programs.push([service, started.stack[service][0] as Restartable]);
    return {
      async round() {
        const found: Record<string, number> = {};
        for (const [program, process] of programs) found[`${name}/${program}`] = await restart(process);
        return found;
      },
      async close() {
        await embedded.stop();
        await started.stop();
      },
    };
  },
};

/** @returns seconds */
async function restart(process: Restartable): Promise<number> {
  await process.kill();
  const startedAt = performance.now();
  await process.restart();
  return (performance.now() - startedAt) / 1_000;
}
