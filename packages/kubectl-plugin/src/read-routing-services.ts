import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { groupOf, type KubeObject } from "@dumbwaiter/kubernetes";
import { ROUTING_SERVICE } from "@dumbwaiter/routing-service";
import { parseAllDocuments } from "yaml";

/**
 * Reads the RoutingServices of YAML or JSON files; other objects are ignored.
 *
 * @param paths `-` for stdin
 * @throws if a file cannot be read or is not valid YAML, or no file contains a RoutingService
 */
export async function readRoutingServices(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<KubeObject[]> {
  const texts = await Promise.all(paths.map((path) => (path === "-" ? text(stdin) : textOf(path))));
  const found = texts.flatMap((each, index) => routingServicesIn(each, paths[index] as string));
  if (found.length === 0) throw new Error(`no RoutingService found in ${paths.join(", ")}`);
  return found;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === "ENOENT" ? `the path "${path}" does not exist` : message);
  }
}

function routingServicesIn(yaml: string, path: string): KubeObject[] {
  // As kubectl does.
  return parseAllDocuments(yaml, { version: "1.1", merge: true }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
    const object = document.toJS() as (Partial<KubeObject> & { items?: KubeObject[] }) | null;
    const objects = object?.kind === "List" ? (object.items ?? []) : [object];
    const found = objects.filter(isRoutingService) as KubeObject[];
    if (found.some(({ metadata }) => !metadata?.name))
      throw new Error(`${path}: a RoutingService has no metadata.name`);
    return found;
  });
}

/** In any version, as the API server converts. */
export function isRoutingService(object: Partial<KubeObject> | null | undefined): boolean {
  const { apiVersion = "", kind } = object ?? {};
  return kind === ROUTING_SERVICE.kind && groupOf({ apiVersion }) === groupOf(ROUTING_SERVICE);
}
