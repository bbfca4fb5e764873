import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { expect, it } from "@jest/globals";
import { type Machine, runInNamespaces } from "./namespaces.ts";

const traces = ({ folder, cgroup }: Machine) => [
  ...globSync(folder),
  ...globSync(`/sys/fs/cgroup/{.,*}${cgroup}`),
];

it("runs a command as the only process of a machine, and leaves nothing behind", async () => {
  let seen: Machine | undefined;
  const command = `echo "$(ls -d /proc/[0-9]* | wc -l) $(ip -o link | wc -l)" >&2; touch /var/trace; exit 7`;
  const ended = await runInNamespaces(
    (machine) => {
      seen = machine;
      expect(traces(machine).length).toBeGreaterThan(1);
      return ["sh", "-c", command];
    },
    { stdio: "pipe" },
  );
  expect(ended.exitCode).toBe(7);
  expect(ended.stderr.trim()).toMatch(/^\d 2$/);
  expect(existsSync("/var/trace")).toBe(false);
  expect(traces(seen as Machine)).toEqual([]);
});

it.each(["SIGKILL", "SIGINT"] as const)("leaves nothing behind after %s", async (signal) => {
  const file = join(import.meta.dirname, "namespaces.ts");
  // A process in a cgroup below ours, as a container is.
  const script = `
    const { runInNamespaces, cgroupHierarchies } = await import(${JSON.stringify(file)});
    const ending = new AbortController();
    process.on("SIGINT", () => ending.abort());
    await runInNamespaces((machine) => {
      const nested = cgroupHierarchies()[0] + machine.cgroup + "/nested";
      const ready = JSON.stringify(machine);
      return ["sh", "-c", \`mkdir \${nested} && echo $$ > \${nested}/cgroup.procs && echo '\${ready}' && exec sleep 1000\`];
    }, { signal: ending.signal });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await once(child.stdout, "data");
  const machine: Machine = JSON.parse(String(output));
  expect(globSync(`/sys/fs/cgroup/{.,*}${machine.cgroup}/nested`)).toHaveLength(1);
  child.kill(signal);
  await eventually(() => expect(traces(machine)).toEqual([]), 30_000);
});
