import { execFile } from "node:child_process";
import type { RoutingService } from "@dumbwaiter/routing-service";
import type { ClusterOptions } from "../cluster.ts";
import { isRoutingService } from "../read-routing-services.ts";
import type { Terminal } from "../terminal.ts";

export interface ApplyOptions extends ClusterOptions {
  readonly filename: readonly string[];
  readonly serverSide: boolean;
  readonly fieldManager?: string;
  readonly forceConflicts: boolean;
}

const MAX_OUTPUT = 64 * 1024 * 1024;

/**
 * The RoutingServices of the files as they would be once applied, with defaults and other managers' fields. By a server
 * dry run of kubectl itself, because only kubectl merges as `kubectl apply` does.
 *
 * @throws kubectl's errors, such as the rules that the spec violates
 */
export async function proposedRoutingServices(
  options: ApplyOptions,
  terminal: Terminal,
): Promise<RoutingService[]> {
  const result = JSON.parse(await kubectl(argsOf(options), terminal));
  const objects: RoutingService[] = result.kind === "List" ? result.items : [result];
  const found = objects.filter(isRoutingService);
  if (found.length === 0) throw new Error(`no RoutingService found in ${options.filename.join(", ")}`);
  return found;
}

function argsOf(options: ApplyOptions): string[] {
  const { filename, namespace, context, kubeconfig, serverSide, fieldManager, forceConflicts } = options;
  return [
    ...["apply", "--dry-run=server", "--output=json"],
    ...filename.map((path) => `--filename=${path}`),
    ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
    ...(context === undefined ? [] : [`--context=${context}`]),
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(serverSide ? ["--server-side"] : []),
    ...(fieldManager === undefined ? [] : [`--field-manager=${fieldManager}`]),
    ...(forceConflicts ? ["--force-conflicts"] : []),
  ];
}

function kubectl(args: readonly string[], terminal: Terminal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("kubectl", args, { maxBuffer: MAX_OUTPUT }, (error, stdout, stderr) => {
      if (error === null) {
        terminal.writeError(stderr);
        resolve(stdout);
      } else if (error.code === "ENOENT") reject(new Error("kubectl not found on the PATH"));
      else reject(new Error(shortened(stderr) || error.message));
    });
    if (args.includes("--filename=-")) terminal.stdin.pipe(child.stdin as NodeJS.WritableStream);
    else child.stdin?.end();
  });
}

/** Without the complete object, managed fields included, that the API server quotes before the actual message. */
function shortened(stderr: string): string {
  return stderr
    .trim()
    .replace(/^error: /, "")
    .replaceAll(/Invalid value: "(?:[^"\\]|\\.){200,}": /g, "");
}
