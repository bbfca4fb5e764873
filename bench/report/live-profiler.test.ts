import { spawn } from "node:child_process";
import { once } from "node:events";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freePort } from "@dumbwaiter/dev-env/servers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { inspectOptions, LiveProfiler } from "./live-profiler.ts";

const BUSY =
  "function busy() { for (const end = Date.now() + 5; Date.now() < end; ); } setInterval(busy, 10)";

describe("a profiled process", () => {
  let child: ReturnType<typeof spawn>;
  let profiler: LiveProfiler;

  beforeEach(async () => {
    const port = await freePort();
    child = spawn(process.execPath, [inspectOptions(port), "--eval", BUSY], { env: {} });
    await once(child.stderr as NonNullable<typeof child.stderr>, "data");
    profiler = await LiveProfiler.attach(port);
  });
  afterEach(async () => {
    profiler.close();
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, "exit");
  });

  it("tells what it does, again and again", async () => {
    for (let round = 0; round < 2; round += 1) {
      await eventually(async () => {
        await profiler.start();
        await new Promise((resolve) => setTimeout(resolve, 100));
        const { nodes } = await profiler.stop();
        expect(nodes.map(({ callFrame }) => callFrame.functionName)).toContain("busy");
      });
    }
  });

  it("is not waited for once it has ended", async () => {
    await profiler.start();
    child.kill("SIGSTOP");
    const stopped = profiler.stop();
    child.kill("SIGKILL");
    await expect(stopped).rejects.toThrow("the process has ended");
  });
});
