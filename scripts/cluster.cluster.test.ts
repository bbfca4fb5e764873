import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { runCommand } from "@dumbwaiter/dev-env/cluster";
import { until } from "@dumbwaiter/wire-user";
import { expect, it } from "@jest/globals";

function cluster(...args: string[]) {
  return spawn(process.execPath, [join(import.meta.dirname, "cluster.ts"), ...args], { stdio: "pipe" });
}

it("npm run cluster starts a cluster, prints how to reach it, and leaves nothing behind", async () => {
  const child = cluster("--nodes", "1");
  let stdout = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  const ended = once(child, "close");
  try {
    await until(
      () => stdout,
      (printed) => printed.includes("main.ts\n"),
      120_000,
    );
    const exported = (name: string) => new RegExp(`export ${name}="?([^"\n]+)`).exec(stdout)?.[1] as string;
    const [KUBECONFIG, PATH] = [
      exported("KUBECONFIG"),
      exported("PATH").replace("$PATH", `${process.env.PATH}`),
    ];
    const env = { KUBECONFIG, PATH };
    const nodes = await runCommand("kubectl", ["get", "nodes", "--no-headers"], { env });
    expect(nodes.stdout.trim().split("\n")).toEqual([expect.stringMatching(/ Ready /)]);
    expect((await runCommand("helm", ["list", "--all-namespaces"], { env })).stdout).toMatch(/^NAME/);

    child.kill("SIGTERM");
    await ended;
    expect(existsSync(dirname(KUBECONFIG))).toBe(false);
  } finally {
    child.kill("SIGKILL");
  }
});

it("npm run cluster refuses an invalid number of nodes", async () => {
  const child = cluster("--nodes", "many");
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect([code, stderr]).toEqual([1, "--nodes must be 0 to 100, not many\n"]);
});
