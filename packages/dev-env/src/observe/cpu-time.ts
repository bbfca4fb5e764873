import { readFileSync } from "node:fs";

/** The unit of CPU time on Linux: 1/100 s on every platform that Node supports. */
const TICKS_PER_SECOND = 100;

/** CPU seconds that the processes have used so far, in user and system mode. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.map(ticks).reduce((sum, own) => sum + own, 0) / TICKS_PER_SECOND;
}

/** CPU seconds that all processes of the machine have used, and what its host took from it. */
export function machineCpuSeconds(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, , , interrupts, softInterrupts, stolen] = line.split(/ +/).slice(1).map(Number);
  const all = [user, nice, system, interrupts, softInterrupts, stolen];
  return all.reduce<number>((sum, each) => sum + (each ?? 0), 0) / TICKS_PER_SECOND;
}

function ticks(pid: number): number {
  // The second field is the name in parentheses, which may contain anything: count from after it.
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) (?=\S )/);
  const [user, system] = fields.split(" ").slice(11, 13);
  return Number(user) + Number(system);
}
