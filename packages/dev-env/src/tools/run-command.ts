import { execFile } from "node:child_process";

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** 5 minutes unless told otherwise. */
  readonly timeoutMs?: number;
}

/** @throws CommandError where the command ends with another code than 0 */
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
    child.stdin?.on("error", () => {}); // it may end without reading
    child.stdin?.end(stdin);
  });
}

export class CommandError extends Error {
  readonly result: CommandResult;
  /** Undefined where a signal ended it, or where it did not start. */
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
