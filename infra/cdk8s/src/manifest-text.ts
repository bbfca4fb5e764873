import { stringify } from "yaml";
import type { KubernetesObject } from "./render.ts";

const HEAD = "# Made by `npm run synth`: change infra/cdk8s/src.\n";

/** The text of a file that holds these objects. */
export function manifestText(objects: readonly KubernetesObject[]): string {
  return HEAD + yamlDocuments(objects);
}

/** One document each. */
export function yamlDocuments(objects: readonly KubernetesObject[]): string {
  // kubectl reads YAML 1.1, to which a bare `no` is false.
  const documents = objects.map((object) => stringify(object, { version: "1.1", lineWidth: 0 }));
  return documents.join("---\n");
}
