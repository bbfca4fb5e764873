/** A Kubernetes object as JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Orders the states of one object: see {@link isNewer}. */
  readonly resourceVersion?: string;
  /** Counts the changes of the spec; not every kind has it. */
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** The fields that a field manager owns. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: FieldsV1;
}

/** A tree of owned fields: `f:name` is a field, `k:{…}` and `v:…` are items of lists, `.` is the node itself. */
export interface FieldsV1 {
  readonly [step: string]: FieldsV1;
}

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** For messages: `PubSubTopic (pubsub.cnrm.cloud.google.com/v1beta1)`. */
export function kindName({ apiVersion, kind }: Kind): string {
  return `${kind} (${apiVersion})`;
}

/** How the API server serves a kind. */
export interface Resource extends Kind {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** As in RBAC rules. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

/** Whether a resource version is newer than another of the same resource. */
export function isNewer(version: string, than: string): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}

/** A time as `metav1.MicroTime` requires it: the API server refuses milliseconds. */
export function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
