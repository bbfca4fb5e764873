import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { KubernetesObject } from "../src/kubernetes-object.ts";

/** The CRDs of others, which are not part of the project; see the README beside them. */
const FOLDER = join(import.meta.dirname, "../../../../shared/crds");

export const HAS_CRDS = existsSync(FOLDER);

/** What we use of Kubernetes itself. */
const BUILT_IN = ["v1", "apps/v1", "autoscaling/v2", "networking.k8s.io/v1", "policy/v1"];

/** Whether any cluster takes the object. */
export function isBuiltIn({ apiVersion }: KubernetesObject): boolean {
  return BUILT_IN.includes(apiVersion);
}

/** A CustomResourceDefinition, as far as the tests look. */
export interface Crd extends KubernetesObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly scope: "Namespaced" | "Cluster";
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

export interface Schema {
  readonly [keyword: string]: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** Those that others publish. @throws where the folder is not there */
export function foreignCrds(): Crd[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
  return files.map((file) => parse(readFileSync(join(FOLDER, file), "utf8")) as Crd);
}
