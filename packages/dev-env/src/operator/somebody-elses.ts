import type { KubeClient, KubeObject } from "@dumbwaiter/kubernetes";
import { authoredContent } from "./authored-content.ts";

const LABELS = { app: "legacy" };

/** Objects of another team that have the names of a RoutingService's api. */
export function somebodyElses(name: string, namespace: string): readonly KubeObject[] {
  const metadata = { name, namespace, labels: LABELS };
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name };
  const selector = { matchLabels: LABELS };
  return [
    { ...{ apiVersion: "v1", kind: "ConfigMap", metadata }, data: { COLOUR: "blue" } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { apiVersion: "v1", kind: "Service", metadata, spec: { selector: LABELS, ports: [{ port: 8080 }] } },
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: { replicas: 2, selector, template: { metadata: { labels: LABELS }, spec: POD } },
    },
    {
      ...{ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", metadata },
      spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 2 },
    },
    {
      ...{ apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata },
      spec: { selector, maxUnavailable: 1 },
    },
    {
      ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata },
      spec: { podSelector: selector, policyTypes: ["Ingress"] },
    },
  ];
}

/** As `restricted` namespaces require. */
const POD = {
  securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      ...{ name: "main", image: "legacy:1" },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};

/** What only its owner may change: not what controllers write. */
export async function contentOf(client: KubeClient, object: KubeObject): Promise<unknown> {
  const live = await client.get(object);
  const managers = (live.metadata.managedFields ?? []).map(({ manager }) => manager);
  const isTouched = managers.some((manager) => manager.startsWith("dumbwaiter"));
  const { uid, generation } = live.metadata;
  return { ...authoredContent(live), uid, generation, isTouched };
}
