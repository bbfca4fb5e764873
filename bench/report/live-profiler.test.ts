import { spawn } from "node:child_process";
import { once } from "node:events";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freePort } from "@dumbwaiter/dev-env/servers";
import { expect, it } from "@jest/globals";
import { inspectOptions, LiveProfiler } from "./live-profiler.ts";

const BUSY =
  "function busy() { for (const end = Date.now() + 5; Date.now() < end; ); } setInterval(busy, 10)";

it("profiles a process while it runs, again and again", async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [inspectOptions(port), "--eval", BUSY]);
  try {
    await once(child.stderr, "data");
    const profiler = await LiveProfiler.attach(port);
    for (let round = 0; round < 2; round += 1) {
      await eventually(async () => {
        await profiler.start();
        await new Promise((resolve) => setTimeout(resolve, 100));
        const { nodes } = await profiler.stop();
        expect(nodes.map(({ callFrame }) => callFrame.functionName)).toContain("busy");
      });
    }
    profiler.close();
  } finally {
    child.kill();
  }
});
