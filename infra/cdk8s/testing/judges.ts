import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, kubeScorePath, runCommand } from "@dumbwaiter/dev-env/cluster";
import { checkovPath } from "@dumbwaiter/dev-env/tools/checkov";
import { trivyPath } from "@dumbwaiter/dev-env/tools/validation-tools";
import { WITHOUT_CPU_LIMIT } from "./kube-score-exceptions.ts";

/** A command's standard output, whatever its exit code. @throws if there is none */
export async function outputOf(command: string, args: readonly string[], stdin?: string): Promise<string> {
  const running = runCommand(command, args, stdin === undefined ? {} : { stdin });
  const { stdout, stderr } = await running.catch((error) => {
    if (error instanceof CommandError) return error.result;
    throw error;
  });
  if (stdout === "") throw new Error(stderr);
  return stdout;
}

/** Its optional checks that we mean to pass. */
const OPTIONAL = [
  "container-memory-requests-equal-limits",
  "container-seccomp-profile",
  "container-ports-check",
];

const ALL_WELL = 10;

interface Scored {
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}

/** What kube-score finds in manifests: the names of checks, sorted. */
export async function kubeScoreFindings(paths: readonly string[]): Promise<string[]> {
  const optional = OPTIONAL.flatMap((name) => ["--enable-optional-test", name]);
  const args = ["score", "-o", "json", "--kubernetes-version", "v1.33", WITHOUT_CPU_LIMIT, ...optional];
  const scored = JSON.parse(await outputOf(await kubeScorePath(), [...args, ...paths])) as Scored[];
  if (scored.length === 0) throw new Error(`kube-score found no object in ${paths.join(", ")}`);
  const found = scored.flatMap(({ checks }) =>
    checks.filter(({ grade, skipped }) => !skipped && grade < ALL_WELL),
  );
  return [...new Set(found.map(({ check }) => check.id))].sort();
}

interface CheckovReport {
  readonly results: {
    readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[];
  };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

/** What checkov finds in manifests: the IDs of checks, sorted. It needs no network. */
export async function checkovFindings(paths: readonly string[]): Promise<string[]> {
  const args = ["--framework", "kubernetes", "--output", "json", "--compact", "--skip-download"];
  const files = paths.flatMap((path) => ["--file", path]);
  const report = JSON.parse(await outputOf(await checkovPath(), [...args, ...files])) as CheckovReport;
  const { passed, parsing_errors } = report.summary;
  if (passed === 0 || parsing_errors > 0) throw new Error(`checkov: ${JSON.stringify(report.summary)}`);
  return [...new Set(report.results.failed_checks.map(({ check_id }) => check_id))].sort();
}

interface TrivyReport {
  readonly Results?: readonly {
    readonly MisconfSummary?: { readonly Successes: number };
    readonly Misconfigurations?: readonly { readonly ID: string; readonly Status: string }[];
  }[];
}

/** What trivy finds in manifests by the checks that it contains: their IDs, sorted. @param path a file, or a folder */
export async function trivyFindings(path: string): Promise<string[]> {
  const cache = await mkdtemp(join(tmpdir(), "trivy-"));
  try {
    const offline = ["--skip-check-update", "--skip-version-check", "--cache-dir", cache];
    const args = ["config", "--format", "json", "--quiet", ...offline, path];
    const { Results = [] } = JSON.parse(await outputOf(await trivyPath(), args)) as TrivyReport;
    const passed = Results.reduce((sum, { MisconfSummary }) => sum + (MisconfSummary?.Successes ?? 0), 0);
    if (passed === 0) throw new Error(`trivy checked nothing in ${path}`);
    const found = Results.flatMap(({ Misconfigurations = [] }) => Misconfigurations);
    return [...new Set(found.filter(({ Status }) => Status === "FAIL").map(({ ID }) => ID))].sort();
  } finally {
    await rm(cache, { recursive: true });
  }
}
