const ZONES = ["zone-a", "zone-b", "zone-c"];

/** So much that no test waits for another's pods. */
const CAPACITY = { cpu: "640", memory: "2560Gi", pods: "2500", "ephemeral-storage": "2560Gi" };

/** Marks nodes that kwok manages. */
export const FAKE_NODE = { "kwok.x-k8s.io/node": "fake" };

/** A node whose pods kwok simulates. @param index spreads nodes over three zones */
export function fakeNode(name: string, index: number, labels: Readonly<Record<string, string>>) {
  const zone = ZONES[index % ZONES.length];
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: FAKE_NODE,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zone,
        ...labels,
      },
    },
    status: { capacity: CAPACITY, allocatable: CAPACITY },
  };
}
