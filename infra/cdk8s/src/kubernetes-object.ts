/** An object for the API server, as JSON. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** The API versions of Kubernetes itself that we create objects of. */
const BUILT_IN = ["v1", "apps/v1", "autoscaling/v2", "networking.k8s.io/v1", "policy/v1"];

/** Whether every cluster serves a kind that we create. The others need a CRD. */
export function isBuiltInKind({ apiVersion }: Pick<KubernetesObject, "apiVersion">): boolean {
  return BUILT_IN.includes(apiVersion);
}
