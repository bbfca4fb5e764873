import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
}

const ENTRY = join(import.meta.dirname, "../src/main.ts");

/** What the command line reads must come from the test alone. */
const OWN = /^(DUMBWAITER_|GOOGLE_|FIRESTORE_|PUBSUB_|DATA_DIR$|FORCE_COLOR$)/;

/** Starts the command as a process. */
export function startDumbwaiter(args: readonly string[], { env = {}, cwd }: RunOptions = {}) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OWN.test(name)));
  const options = { env: { ...inherited, ...env }, ...(cwd === undefined ? {} : { cwd }) };
  return spawn(process.execPath, [ENTRY, ...args], { ...options, stdio: ["pipe", "pipe", "pipe"] });
}

/** Runs the command as a process, until it ends. */
export async function dumbwaiter(args: readonly string[], options: RunOptions = {}): Promise<Answer> {
  const child = startDumbwaiter(args, options);
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(options.stdin ?? "");
  const { promise: exitCode, resolve } = Promise.withResolvers<number>();
  child.once("close", (code) => resolve(code ?? -1));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exitCode, stdout, stderr };
}
