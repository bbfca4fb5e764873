import { execFile } from "node:child_process";

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** 5 minutes by default. */
  readonly timeoutMs?: number;
}

/**
 * `execFile` with standard input, and an error that shows what failed; execa would add a dozen packages.
 *
 * @throws CommandError if the exit code is not 0
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { stdin = "", env = {}, cwd, timeoutMs = 300_000 }: CommandOptions = {},
): Promise<CommandResult> {
  return await new Promise((resolve, reject) => {
    const options = {
      env: { ...process.env, ...env },
      cwd,
      timeout: timeoutMs,
      maxBuffer: 256 * 1024 * 1024,
    };
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(new CommandError(command, args, { stdout, stderr }, error));
    });
    child.stdin?.on("error", () => {}); // the command may end without reading
    child.stdin?.end(stdin);
  });
}

export class CommandError extends Error {
  readonly result: CommandResult;
  /** Undefined if a signal ended it, or if it did not start. */
  readonly exitCode: number | undefined;

  constructor(
    command: string,
    args: readonly string[],
    result: CommandResult,
    cause: Error & { code?: unknown },
  ) {
    super(`${command} ${args.join(" ")}: ${result.stderr || result.stdout || cause.message}`, { cause });
    this.name = "CommandError";
    this.result = result;
    this.exitCode = typeof cause.code === "number" ? cause.code : undefined;
  }
}
