import { renderRoutingService, yamlDocuments } from "@dumbwaiter/infra";
import type { ClusterOptions } from "./cluster.ts";
import { readProps } from "./read-props.ts";
import type { Terminal } from "./terminal.ts";

interface RenderOptions extends ClusterOptions {
  readonly filename: readonly string[];
  readonly output: string;
}

/** Prints the objects that `npm run synth` writes for the same spec. @throws InvalidSpecError with every problem */
export async function renderCommand(options: RenderOptions, terminal: Terminal): Promise<void> {
  const objects = (await readProps(options, terminal)).flatMap(renderRoutingService);
  if (options.output === "json") terminal.json({ apiVersion: "v1", kind: "List", items: objects });
  else terminal.write(yamlDocuments(objects));
}
