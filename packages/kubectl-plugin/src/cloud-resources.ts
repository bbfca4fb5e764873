import {
  gcloudScript,
  type RoutingServiceProps,
  renderCloudResources,
  yamlDocuments,
} from "@dumbwaiter/infra";
import { ROUTING_SERVICE, type RoutingService, readSpec } from "@dumbwaiter/routing-service";
import { type ClusterOptions, withCluster } from "./cluster.ts";
import { readProps } from "./read-props.ts";
import type { Terminal } from "./terminal.ts";

interface CloudResourcesOptions extends ClusterOptions {
  readonly filename?: readonly string[];
  readonly output: string;
}

/**
 * Prints what routing services need at Google, as objects for Config Connector or as a script for gcloud.
 *
 * @param name of a RoutingService in the cluster; undefined if files are given
 * @throws InvalidSpecError with every problem
 */
export async function cloudResourcesCommand(
  name: string | undefined,
  options: CloudResourcesOptions,
  terminal: Terminal,
): Promise<void> {
  const { filename, output } = options;
  if ((name === undefined) === (filename === undefined)) {
    throw new Error("give either the name of a RoutingService or files with -f");
  }
  const all =
    name === undefined
      ? await readProps({ ...options, filename: filename ?? [] }, terminal)
      : [await livePropsOf(name, options, terminal)];
  for (const props of all) requireGoogle(props);
  terminal.write(
    output === "gcloud"
      ? all.map(gcloudScript).join("\n")
      : yamlDocuments(all.flatMap((props) => renderCloudResources(props))),
  );
}

async function livePropsOf(
  name: string,
  options: ClusterOptions,
  terminal: Terminal,
): Promise<RoutingServiceProps> {
  return withCluster(options, terminal, async ({ client, namespace }) => {
    const live = await client.get({ ...ROUTING_SERVICE, metadata: { name, namespace } });
    return readSpec(live as RoutingService).props;
  });
}

function requireGoogle({ name, spec }: RoutingServiceProps): void {
  if (spec.google.emulators !== undefined) {
    throw new Error(`${name} uses emulators (google.emulators) and needs nothing at Google`);
  }
}
