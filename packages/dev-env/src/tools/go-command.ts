import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { findCommand } from "./find-command.ts";

const run = promisify(execFile);
const PROGRESS_MS = 10_000;

/** The same for every build, so that each finds what others have compiled. */
const ENVIRONMENT = { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false -trimpath -modcacherw" };

/** Go's standard output. @throws if Go is missing or fails */
export async function go(args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await run(goPath(), args, { cwd, env: environment(), maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

/**
 * Runs a Go command that compiles, and reports progress on standard error.
 *
 * @param total how many packages there are; Go does not report those that it has compiled before
 */
export async function goCompile(
  title: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; total?: number },
): Promise<void> {
  const [command = "", ...rest] = args;
  const child = spawn(goPath(), [command, "-v", ...rest], {
    cwd: options.cwd,
    env: { ...environment(), ...options.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "close");
  const began = Date.now();
  let compiled = 0;
  const problems: string[] = [];
  const report = setInterval(() => {
    const of = options.total === undefined ? "" : ` of at most ${options.total}`;
    const seconds = Math.round((Date.now() - began) / 1000);
    process.stderr.write(`${title}: ${compiled}${of} packages compiled, ${seconds} s\n`);
  }, PROGRESS_MS);
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      if (/^\S+$/.test(line)) compiled++;
      else if (!line.startsWith("go: downloading ")) problems.push(line);
    }
    const [code] = await ended;
    if (code !== 0) throw new Error(`${title}: go ${command} failed\n${problems.slice(-40).join("\n")}`);
  } finally {
    clearInterval(report);
  }
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ...ENVIRONMENT };
}

function goPath(): string {
  const found = findCommand("go");
  if (found) return found;
  throw new Error(
    "Go 1.26 or later is required to compile the test cluster. Install it from https://go.dev/dl " +
      "and put it on PATH",
  );
}
