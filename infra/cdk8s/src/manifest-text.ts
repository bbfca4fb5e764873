import { stringify } from "yaml";
import type { KubernetesObject } from "./kubernetes-object.ts";

const HEAD = "# Made by `npm run synth`: change infra/cdk8s/src.\n";

/** The text of a generated manifest with these objects. */
export function manifestText(objects: readonly KubernetesObject[]): string {
  return HEAD + yamlDocuments(objects);
}

/** The objects as YAML documents. */
export function yamlDocuments(objects: readonly KubernetesObject[]): string {
  // kubectl reads YAML 1.1, in which a bare `no` is false.
  const documents = objects.map((object) => stringify(object, { version: "1.1", lineWidth: 0 }));
  return documents.join("---\n");
}
