import type { KubeObject } from "@dumbwaiter/kubernetes";

/** The kind that a reference means if it names none, by the field that holds it. */
const KINDS: Readonly<Record<string, string>> = {
  configMapRef: "ConfigMap",
  backendRefs: "Service",
  service: "Service",
  parentRefs: "Gateway",
  topicRef: "PubSubTopic",
  deadLetterTopicRef: "PubSubTopic",
};

/** A Kubernetes service account as the member of an IAM policy, with Workload Identity or by impersonation. */
const MEMBER = /(?:\/sa\/|\.svc\.id\.goog\[[^/]+\/)([^/\]]+)\]?$/;

/** What an object refers to by name, such as `Deployment shop-api`; not its owner, and not what it selects by labels. */
export function referencesOf({ metadata, ...content }: KubeObject): string[] {
  const { apiVersion, kind, ...fields } = content;
  return [...new Set(referencesIn(fields, ""))];
}

function* referencesIn(value: unknown, field: string): Generator<string> {
  if (typeof value === "string") {
    const account = field === "serviceAccountName" ? value : field === "member" && MEMBER.exec(value)?.[1];
    if (account) yield `ServiceAccount ${account}`;
  } else if (Array.isArray(value)) {
    for (const item of value) yield* referencesIn(item, field);
  } else if (typeof value === "object" && value !== null) {
    const { kind = KINDS[field], name } = value as { readonly kind?: unknown; readonly name?: unknown };
    if (typeof kind === "string" && typeof name === "string") yield `${kind} ${name}`;
    for (const [key, each] of Object.entries(value)) yield* referencesIn(each, key);
  }
}
