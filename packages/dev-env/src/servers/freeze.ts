import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Stops a process as SIGSTOP does. Resolves once no thread of it runs: until then it may still answer. */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  while (!(await isFrozen(pid))) await sleep(5);
}

async function isFrozen(pid: number): Promise<boolean> {
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const status = await readFile(`/proc/${pid}/task/${thread}/status`, "utf8");
    if (!/^State:\tT/m.test(status)) return false;
  }
  return true;
}
