import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Failed tests by name, or why the file did not run at all. */
export type TestOutcome =
  | { readonly passed: number; readonly failed: readonly string[] }
  | { readonly broken: string };

/** A test that hangs fails after its own timeout; this ends a process that hangs. */
const PATIENCE_MS = 10 * 60_000;

interface JestReport {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/**
 * Runs the tests of one file whose names match, in a process of its own.
 *
 * @param root of the project or of a copy of it
 * @param signal ends the process, and with it the servers that it has started
 */
export async function runTests(
  { root, file, name }: { readonly root: string; readonly file: string; readonly name: string },
  signal: AbortSignal,
): Promise<TestOutcome> {
  const folder = await mkdtemp(join(tmpdir(), "dumbwaiter-mutants-"));
  const report = join(folder, "report.json");
  const flags = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const options = ["--runInBand", "--forceExit", "--json", `--outputFile=${report}`, "-t", name];
  const child = spawn(process.execPath, [...flags, jestPath(), ...options, "--runTestsByPath", file], {
    cwd: root,
    env: { ...process.env, SUITE: suiteOf(file) },
    stdio: ["ignore", "ignore", "pipe"],
    signal,
    killSignal: "SIGTERM",
    timeout: PATIENCE_MS,
  });
  child.on("error", () => {}); // aborted
  const output: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => output.push(text));
  try {
    await once(child, "close");
    return outcomeOf(JSON.parse(await readFile(report, "utf8")), output.join(""));
  } catch (error) {
    return { broken: `${output.join("")}\n${(error as Error).message}` };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function outcomeOf({ numPassedTests: passed, testResults }: JestReport, output: string): TestOutcome {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.filter(({ status }) => status === "failed").map(({ fullName }) => fullName);
  return passed + failed.length > 0 ? { passed, failed } : { broken: output };
}

/** The suffix of a test file says which suite runs it. */
function suiteOf(file: string): string {
  return /\.(\w+)\.test\.ts$/.exec(file)?.[1] ?? "unit";
}

function jestPath(): string {
  return join(import.meta.dirname, "../../node_modules/jest/bin/jest.js");
}
