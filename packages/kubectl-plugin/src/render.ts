import { parseProps, renderRoutingService, yamlDocuments } from "@dumbwaiter/infra";
import { type ClusterOptions, namespaceOf } from "./cluster.ts";
import { readRoutingServices } from "./read-routing-services.ts";
import type { Terminal } from "./terminal.ts";

interface RenderOptions extends ClusterOptions {
  readonly filename: readonly string[];
  readonly output: string;
}

/** Prints the objects that `npm run synth` writes for the same spec. @throws InvalidSpecError with every problem */
export async function renderCommand(options: RenderOptions, terminal: Terminal): Promise<void> {
  const routingServices = await readRoutingServices(options.filename, terminal.stdin);
  const objects = routingServices.flatMap(({ metadata, spec }) => {
    const { name, namespace = namespaceOf(options) } = metadata;
    if (options.namespace !== undefined && options.namespace !== namespace) {
      throw new Error(`the namespace of ${name} is ${namespace}, not ${options.namespace}`);
    }
    return renderRoutingService(parseProps(name, namespace, spec));
  });
  if (options.output === "json") terminal.json({ apiVersion: "v1", kind: "List", items: objects });
  else terminal.write(yamlDocuments(objects));
}
