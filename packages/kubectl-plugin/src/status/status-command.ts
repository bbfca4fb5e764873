import { ROUTING_SERVICE, type RoutingService } from "@dumbwaiter/routing-service";
import { type ClusterOptions, withCluster } from "../cluster.ts";
import type { Terminal } from "../terminal.ts";
import { statusReport } from "./status-report.ts";
import { statusText } from "./status-text.ts";

/** @param name all in the namespace by default */
export async function statusCommand(
  name: string | undefined,
  options: ClusterOptions & { readonly output: string },
  terminal: Terminal,
): Promise<void> {
  await withCluster(options, terminal, async ({ client, namespace }) => {
    const found =
      name === undefined
        ? await client.list(ROUTING_SERVICE, { namespace })
        : [await client.get({ ...ROUTING_SERVICE, metadata: { name, namespace } })];
    const reports = await Promise.all(found.map((object) => statusReport(client, object as RoutingService)));
    if (options.output === "json") terminal.json(name === undefined ? { items: reports } : reports[0]);
    else if (reports.length === 0) terminal.write(`No RoutingService found in namespace ${namespace}.`);
    else terminal.write(reports.map((report) => statusText(report, new Date(), terminal)).join("\n\n"));
  });
}
