import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Failed tests by name, or why the file did not run at all. */
export type TestOutcome =
  | {
      /** False also if another file could not be loaded. */
      readonly success: boolean;
      readonly failed: readonly string[];
      /** By test file, in milliseconds. */
      readonly durations: ReadonlyMap<string, number>;
    }
  | { readonly broken: string };

export interface TestRun {
  /** The folder of the project or of a copy of it. */
  readonly root: string;
  /** Test files of one suite, from the root. */
  readonly files: readonly string[];
  /** Jest's further options. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly patienceMs?: number;
}

/** A test that hangs fails after its own timeout; this ends a process that hangs. */
const PATIENCE_MS = 10 * 60_000;

interface JestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Runs tests, one file after the other, in a process of their own.
 *
 * @param signal ends the process, and with it the servers that it has started
 */
export async function runTests(
  { root, files, options = [], env = {}, patienceMs = PATIENCE_MS }: TestRun,
  signal: AbortSignal,
): Promise<TestOutcome> {
  const folder = await mkdtemp(join(tmpdir(), "dumbwaiter-mutants-"));
  const report = join(folder, "report.json");
  const flags = [
    "--experimental-vm-modules",
    "--disable-warning=ExperimentalWarning",
    "--max-old-space-size=2048",
  ];
  const always = ["--runInBand", "--forceExit", "--json", `--outputFile=${report}`, "--runTestsByPath"];
  const child = spawn(process.execPath, [...flags, jestPath(), ...options, ...always, ...files], {
    cwd: root,
    env: { ...process.env, ...env, SUITE: suiteOf(files[0] ?? "") },
    stdio: ["ignore", "ignore", "pipe"],
    signal,
    killSignal: "SIGTERM",
    timeout: patienceMs,
  });
  child.on("error", () => {}); // aborted
  const output: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => output.push(text));
  // A thread that loops heeds no other signal.
  const end = setTimeout(() => child.kill("SIGKILL"), patienceMs + 10_000);
  const outputEnded = once(child.stderr, "close");
  try {
    await once(child, "exit");
    // A process that the tests have left behind may hold the pipe open.
    await Promise.race([outputEnded, sleep(1_000)]);
    return outcomeOf(root, JSON.parse(await readFile(report, "utf8")), output.join(""));
  } catch (error) {
    return { broken: `${output.join("")}\n${(error as Error).message}` };
  } finally {
    clearTimeout(end);
    child.stderr.destroy();
    await rm(folder, { recursive: true });
  }
}

function outcomeOf(
  root: string,
  { success, numPassedTests, testResults }: JestReport,
  output: string,
): TestOutcome {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
  if (numPassedTests + failed.length === 0) return { broken: output };
  const durations = testResults.map(
    ({ name, startTime, endTime }) => [relative(root, name), endTime - startTime] as const,
  );
  return { success, failed, durations: new Map(durations) };
}

/** The suffix of a test file says which suite runs it. */
function suiteOf(file: string): string {
  return /\.(\w+)\.test\.ts$/.exec(file)?.[1] ?? "unit";
}

function jestPath(): string {
  return join(import.meta.dirname, "../../node_modules/jest/bin/jest.js");
}
