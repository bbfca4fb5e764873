import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { prometheusPath } from "../tools/promtool.ts";
import { freePort } from "./free-port.ts";
import { LOOPBACK, startServer } from "./server.ts";

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  /** The time in seconds, and the value as text. */
  readonly value: readonly [number, string];
}

export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

interface PrometheusOptions {
  /** Of its rules file. */
  readonly groups: readonly object[];
  readonly intervalSeconds: number;
  /** What is scraped, with the labels that scraping adds. */
  readonly targets: readonly { readonly url: string; readonly labels: Readonly<Record<string, string>> }[];
}

export type Prometheus = Awaited<ReturnType<typeof startPrometheus>>;

/** A Prometheus that scrapes targets and evaluates rules. */
export async function startPrometheus({ groups, intervalSeconds, targets }: PrometheusOptions) {
  const folder = await mkdtemp(join(tmpdir(), "dumbwaiter-prometheus-rules-"));
  const interval = `${intervalSeconds}s`;
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [join(folder, "rules.yaml")],
    scrape_configs: [
      {
        job_name: "pods",
        honor_labels: true,
        static_configs: targets.map(({ url, labels }) => ({ targets: [new URL(url).host], labels })),
      },
    ],
  };
  await writeFile(join(folder, "rules.yaml"), stringify({ groups }, { lineWidth: 0 }));
  await writeFile(join(folder, "config.yaml"), stringify(config));
  const port = await freePort();
  const url = `http://${LOOPBACK}:${port}`;
  const server = await startServer(port, url, {
    name: "prometheus",
    command: await prometheusPath(),
    args: (directory) => [
      `--config.file=${join(folder, "config.yaml")}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=${LOOPBACK}:${port}`,
      // What is not scraped for some intervals is gone, as after five minutes at thirty seconds.
      `--query.lookback-delta=${10 * intervalSeconds}s`,
    ],
    probe: async () => {
      const { ok, status } = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2_000) });
      if (!ok) throw new Error(`not ready: ${status}`);
    },
  });

  async function get<Data>(path: string): Promise<Data> {
    const response = await fetch(`${url}/api/v1/${path}`);
    const { data, error } = (await response.json()) as { data: Data; error?: string };
    if (error !== undefined) throw new Error(`${path}: ${error}`);
    return data;
  }

  return {
    url,
    /** Those that fire, and those that are about to. */
    alerts: async () => (await get<{ alerts: FiringAlert[] }>("alerts")).alerts,
    query: async (expr: string) =>
      (await get<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}`)).result,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true });
    },
  };
}
