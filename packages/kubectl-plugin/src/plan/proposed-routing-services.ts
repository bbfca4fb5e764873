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
 * What the files' RoutingServices would be once applied, with defaults, and what others own in them. kubectl itself
 * tells, by a dry run on the server: nobody else applies as it does.
 *
 * @throws what kubectl says, such as the rules of the spec that are broken
 */
export async function proposedRoutingServices(
  options: ApplyOptions,
  terminal: Terminal,
): Promise<RoutingService[]> {
  const result = JSON.parse(await kubectl(argsOf(options), terminal));
  const objects: RoutingService[] = result.kind === "List" ? result.items : [result];
  const found = objects.filter(isRoutingService);
  if (found.length === 0) throw new Error(`there is no RoutingService in ${options.filename.join(", ")}`);
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
      } else if (error.code === "ENOENT") reject(new Error("kubectl is not on the PATH"));
      else reject(new Error(readable(stderr) || error.message));
    });
    if (args.includes("--filename=-")) terminal.stdin.pipe(child.stdin as NodeJS.WritableStream);
    else child.stdin?.end();
  });
}

/** The API server quotes the whole object, managed fields and all, before it says what is wrong with it. */
function readable(stderr: string): string {
  return stderr
    .trim()
    .replace(/^error: /, "")
    .replaceAll(/Invalid value: "(?:[^"\\]|\\.){200,}": /g, "");
}
