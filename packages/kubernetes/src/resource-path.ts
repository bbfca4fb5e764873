import type { Kind, Resource } from "./kube-object.ts";

/** `""` is the core group. */
export function groupOf({ apiVersion }: Pick<Kind, "apiVersion">): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

export function versionOf({ apiVersion }: Pick<Kind, "apiVersion">): string {
  return apiVersion.split("/").at(-1) as string;
}

export function apiVersionOf({
  group,
  version,
}: {
  readonly group: string;
  readonly version: string;
}): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Where a version of a group is served; a GET lists its resources. */
export function groupVersionPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** The path of a resource, one of its objects, or a subresource; of all namespaces by default. */
export function resourcePath(
  resource: Resource,
  namespace?: string,
  name?: string,
  subresource?: string,
): string {
  const parts = [groupVersionPath(resource.apiVersion)];
  if (resource.namespaced && namespace !== undefined) parts.push("namespaces", encodeURIComponent(namespace));
  parts.push(resource.plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join("/");
}
