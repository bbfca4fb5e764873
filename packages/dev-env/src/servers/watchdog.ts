import { spawn } from "node:child_process";

/** When its standard input closes, it kills the last process that it was told of, and removes the folder. */
const SCRIPT = `while read -r line; do pid=$line; done
[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
rm -rf -- "$1"`;

export interface Watchdog {
  /** The process to kill, if any. Report its end too, because its pid can be reused. */
  guard(pid: number | undefined): void;
  stop(): void;
}

/** Kills a child and removes its folder when this process ends in any way: even SIGKILL closes our pipes. */
export function startWatchdog(directory: string): Watchdog {
  const shell = spawn("sh", ["-c", SCRIPT, "watchdog", directory], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true, // Ctrl-C is not for it
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.stdin.on("error", () => {}); // it was killed by others
  return {
    guard: (pid) => void shell.stdin.write(`${pid ?? ""}\n`),
    stop: () => void shell.kill("SIGKILL"),
  };
}
