import { parseProps, type RoutingServiceProps } from "@dumbwaiter/infra";
import { type ClusterOptions, namespaceOf } from "./cluster.ts";
import { readRoutingServices } from "./read-routing-services.ts";
import type { Terminal } from "./terminal.ts";

interface FileOptions extends ClusterOptions {
  readonly filename: readonly string[];
}

/** Reads and checks the RoutingServices of files. @throws InvalidSpecError with every problem */
export async function readProps(options: FileOptions, terminal: Terminal): Promise<RoutingServiceProps[]> {
  const routingServices = await readRoutingServices(options.filename, terminal.stdin);
  return routingServices.map(({ metadata, spec }) => {
    const { name, namespace = namespaceOf(options) } = metadata;
    if (options.namespace !== undefined && options.namespace !== namespace) {
      throw new Error(`the namespace of ${name} is ${namespace}, not ${options.namespace}`);
    }
    return parseProps(name, namespace, spec);
  });
}
