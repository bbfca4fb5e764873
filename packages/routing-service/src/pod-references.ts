import { REFERENCES_ANNOTATION } from "@dumbwaiter/infra";
import type { KubeObject } from "@dumbwaiter/kubernetes";
import { contentHash } from "./content-hash.ts";

/** What the pods of a Deployment refer to by name, in their namespace. */
export interface PodReference {
  readonly kind: "ConfigMap" | "Secret";
  readonly name: string;
}

const KINDS: Readonly<Record<string, PodReference["kind"]>> = {
  configMap: "ConfigMap",
  configMapRef: "ConfigMap",
  configMapKeyRef: "ConfigMap",
  secret: "Secret",
  secretRef: "Secret",
  secretKeyRef: "Secret",
};

/** What the pods of a Deployment read: variables and volumes. Not what pulls their images. */
export function podReferencesOf({ spec }: KubeObject): PodReference[] {
  const found = new Map<string, PodReference>();
  for (const reference of referencesIn((spec as { readonly template: unknown }).template)) {
    found.set(textOf(reference), reference);
  }
  return [...found.values()].toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

function* referencesIn(value: unknown): Generator<PodReference> {
  if (typeof value !== "object" || value === null) return;
  for (const [field, each] of Object.entries(value)) {
    const kind = KINDS[field];
    const { secretName, name = secretName } = (each ?? {}) as Readonly<Record<string, unknown>>;
    if (kind !== undefined && typeof name === "string") yield { kind, name };
    yield* referencesIn(each);
  }
}

/**
 * A version that changes with what pods read. A ConfigMap's changes with its content. A Secret's changes with every
 * write: only its metadata is known here, and a hash of its content in an annotation would let others try passwords.
 */
export function referenceVersion({ kind, metadata, data, binaryData }: KubeObject): string {
  return contentHash(
    kind === "Secret" ? [metadata.uid, metadata.resourceVersion] : [data ?? {}, binaryData ?? {}],
  );
}

/**
 * The annotation of pods that holds the versions of what they refer to, such as `ConfigMap/ca=… Secret/redis=…`.
 *
 * @param versionOf undefined if it is not known, or there is none; null if that will be known soon
 * @param live the annotation as it is: what is not known stays. All stays while a version is missing that will be known
 *   soon, so that pods are replaced once and not twice
 * @returns undefined without any version
 */
export function referencesText(
  references: readonly PodReference[],
  versionOf: (reference: PodReference) => string | undefined | null,
  live = "",
): string | undefined {
  const before = new Map(live.split(" ").map((each) => each.split("=") as [string, string]));
  const isSoonComplete = references.some((each) => versionOf(each) === null && !before.has(textOf(each)));
  if (isSoonComplete) return live === "" ? undefined : live;
  const versions = references.flatMap((reference) => {
    const version = versionOf(reference) ?? before.get(textOf(reference));
    return version === undefined ? [] : [`${textOf(reference)}=${version}`];
  });
  return versions.length === 0 ? undefined : versions.join(" ");
}

/** How the condition DependenciesReady begins to tell of a reference that the operator cannot watch. */
export function unwatchedText({ kind, name }: PodReference): string {
  return `${kind} ${name} is not watched`;
}

/** A Deployment whose pods have the annotation. */
export function annotated(deployment: KubeObject, text: string): KubeObject {
  const spec = deployment.spec as {
    readonly template: { readonly metadata: { readonly annotations?: object } };
  };
  const { template } = spec;
  const annotations = { ...template.metadata.annotations, [REFERENCES_ANNOTATION]: text };
  return {
    ...deployment,
    spec: { ...spec, template: { ...template, metadata: { ...template.metadata, annotations } } },
  };
}

function textOf({ kind, name }: PodReference): string {
  return `${kind}/${name}`;
}
