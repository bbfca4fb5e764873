const resources = { requests: { cpu: "10m", memory: "16Mi" } };
const sidecar = (fields: object) => ({
  pod: { containers: [{ name: "a", image: "a:1", resources, ...fields }] },
});
const securityContext = (fields: object) => sidecar({ securityContext: fields });

/** Templates that the schema of a field refuses, and the field. */
export const BREAKING_A_TEMPLATE: readonly (readonly [object, string])[] = [
  [{ container: { env: [{ name: "REDIS_URL", value: "redis://h" }] } }, "container.env.0.name"],
  [{ container: { env: [{ name: "NODE_OPTIONS", value: "--inspect" }] } }, "container.env.0.name"],
  ...["/", "/app/b", "/etc", "/etc/", "//app", "/a/../app", "/./app", "/etc/..", "app"].map(
    (mountPath): [object, string] => [
      { container: { volumeMounts: [{ name: "a", mountPath }] } },
      "container.volumeMounts.0.mountPath",
    ],
  ),
  [{ pod: { metadata: { labels: { "app.kubernetes.io/name": "a" } } } }, "pod.metadata.labels"],
  [{ pod: { metadata: { labels: { a: "a b" } } } }, "pod.metadata.labels.a"],
  [{ pod: { metadata: { annotations: { "dumbwaiter.io/config-hash": "a" } } } }, "pod.metadata.annotations"],
  [{ pod: { securityContext: { runAsUser: 0 } } }, "pod.securityContext.runAsUser"],
  [{ pod: { securityContext: { runAsNonRoot: false } } }, "pod.securityContext.runAsNonRoot"],
  [
    { pod: { securityContext: { seccompProfile: { type: "Unconfined" } } } },
    "pod.securityContext.seccompProfile.type",
  ],
  [{ pod: { volumes: [{ name: "redis-ca", emptyDir: {} }] } }, "pod.volumes.0.name"],
  [securityContext({ privileged: true }), "pod.containers.0.securityContext.privileged"],
  [
    securityContext({ allowPrivilegeEscalation: true }),
    "pod.containers.0.securityContext.allowPrivilegeEscalation",
  ],
  [
    securityContext({ capabilities: { add: ["NET_ADMIN"] } }),
    "pod.containers.0.securityContext.capabilities.add.0",
  ],
  [securityContext({ runAsUser: 0 }), "pod.containers.0.securityContext.runAsUser"],
  [sidecar({ name: "api" }), "pod.containers.0.name"],
  [sidecar({ ports: [{ containerPort: 9090 }] }), "pod.containers.0.ports.0.containerPort"],
  [sidecar({ ports: [{ name: "http", containerPort: 81 }] }), "pod.containers.0.ports.0.name"],
  [sidecar({ resources: { requests: { cpu: "10m" } } }), "pod.containers.0.resources.requests.memory"],
  [{ podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } }, "podDisruptionBudget"],
  [{ podDisruptionBudget: { minAvailable: 1001 } }, "podDisruptionBudget.minAvailable"],
  [{ service: { ipFamilyPolicy: "DualStack" } }, "service.ipFamilyPolicy"],
];

const APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/";

/** Templates that no CRD describes, or that it merely prunes, and the problem. */
export const BREAKING_A_POD: readonly (readonly [object, string])[] = [
  [
    { pod: { metadata: { annotations: { [`${APP_ARMOR}api`]: "unconfined" } } } },
    `spec.template.pod.metadata.annotations: must not have ${APP_ARMOR}…; use securityContext.appArmorProfile`,
  ],
  [{ pod: { hostNetwork: true } }, 'spec.template.pod: Unrecognized key: "hostNetwork"'],
  [
    { pod: { volumes: [{ name: "node", hostPath: { path: "/" } }] } },
    'spec.template.pod.volumes.0: Unrecognized key: "hostPath"',
  ],
  [
    sidecar({ ports: [{ containerPort: 81, hostPort: 81 }] }),
    'spec.template.pod.containers.0.ports.0: Unrecognized key: "hostPort"',
  ],
  [
    sidecar({ livenessProbe: { httpGet: { host: "10.0.0.1", port: 81 } } }),
    "spec.template.pod.containers.0.livenessProbe: must not name a host",
  ],
  [
    { pod: { containers: [1, 2].flatMap(() => sidecar({}).pod.containers) } },
    "spec.template.pod.containers: must not repeat a name",
  ],
  [
    { pod: { affinity: { nodeAffinity: { a: "ü".repeat(8_192) } } } },
    "spec.template.pod.affinity.nodeAffinity: must be at most 16384 bytes as JSON",
  ],
];
