import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { CHART } from "./chart.ts";

export const OLDER_VERSION = "0.0.9";

/** Fields of the spec that it does not have yet. */
export const NEWER_FIELDS = ["monitoring", "paused", "deletionPolicy", "shutdown", "limits"] as const;

interface Crd {
  readonly spec: {
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: SpecSchema } } };
    }[];
  };
}

interface SpecSchema {
  readonly properties: Record<string, unknown> & {
    readonly images: { readonly properties: { readonly tag: { default: string } } };
  };
  "x-kubernetes-validations": { readonly rule: string }[];
}

/**
 * A copy of the chart as it might have been one version ago: its CRD has fewer fields and an older image tag.
 *
 * @returns its folder, in a temporary folder that the caller removes
 */
export async function olderChart(): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), "older-chart-")), "dumbwaiter-operator");
  await cp(CHART, folder, { recursive: true });
  const chart = parse(await readFile(join(folder, "Chart.yaml"), "utf8")) as object;
  const older = { ...chart, version: OLDER_VERSION, appVersion: OLDER_VERSION };
  await writeFile(join(folder, "Chart.yaml"), stringify(older));
  const path = join(folder, "files/crd.yaml");
  await writeFile(path, olderCrd(await readFile(path, "utf8")));
  return folder;
}

function olderCrd(text: string): string {
  const crd = parse(text.replaceAll(/(app.kubernetes.io\/version): .*/g, `$1: ${OLDER_VERSION}`)) as Crd;
  for (const { schema } of crd.spec.versions) {
    const { spec } = schema.openAPIV3Schema.properties;
    spec.properties.images.properties.tag.default = OLDER_VERSION;
    for (const field of NEWER_FIELDS) {
      delete spec.properties[field];
      const others = spec["x-kubernetes-validations"].filter(({ rule }) => !rule.includes(`self.${field}`));
      spec["x-kubernetes-validations"] = others;
    }
  }
  return stringify(crd, { version: "1.1", aliasDuplicateObjects: false });
}
