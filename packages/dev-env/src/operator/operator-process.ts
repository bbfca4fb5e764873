import { freePort, LOOPBACK, type OnDeath, type Server, startServer } from "../servers/index.ts";
import { fromSource, type Launch } from "../stack/launcher.ts";

/** The operator as a process of its own, as in a pod. */
export interface OperatorProcess extends Server {
  /** The sum of a metric's values with these labels; 0 if there are none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** The number of its write requests to the API server, without the leader lease. */
  writes(): Promise<number>;
}

interface OperatorOptions {
  /** Instead of a pod's service account. */
  readonly kubeconfigPath?: string;
  /** The watched namespaces; the first one holds the leader lease. */
  readonly namespaces: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** From its source by default. */
  readonly launch?: Launch;
  readonly onDeath?: OnDeath;
}

const WRITES = ["create", "update", "patch", "delete"];

/** Resolves once its caches have synced. */
export async function startOperator(options: OperatorOptions): Promise<OperatorProcess> {
  const { kubeconfigPath = "", namespaces, env, onDeath } = options;
  const { command, args, env: more } = options.launch ?? fromSource("operator");
  const port = await freePort();
  const url = `http://${LOOPBACK}:${port}`;
  const read = async (path: string) => {
    const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.text();
  };
  const server = await startServer(port, url, {
    name: "operator",
    command,
    args,
    env: {
      KUBECONFIG: kubeconfigPath,
      WATCH_NAMESPACES: namespaces.join(),
      POD_NAMESPACE: namespaces[0] as string,
      HOST: LOOPBACK,
      ADMIN_PORT: String(port),
      ...env,
      ...more,
    },
    probe: async () => void (await read("/readyz")),
    startTimeoutMs: 90_000,
    onDeath,
  });
  const metric = async (name: string, labels: Readonly<Record<string, string>> = {}) =>
    sumOf(await read("/metrics"), name, labels);
  return Object.assign(server, {
    metric,
    async writes() {
      const text = await read("/metrics");
      const name = "dumbwaiter_operator_api_requests_total";
      const all = WRITES.map((verb) => sumOf(text, name, { verb, dry_run: "false" }));
      const leases = WRITES.map((verb) => sumOf(text, name, { verb, resource: "leases" }));
      return sum(all) - sum(leases);
    },
  });
}

function sumOf(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const matching = lines.filter((line) => wanted.every((label) => line.includes(label)));
  return sum(matching.map((line) => Number(line.split(" ").at(-1))));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
