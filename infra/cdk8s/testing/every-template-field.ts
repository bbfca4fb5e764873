import type { RoutingServiceSpecInput } from "../src/spec/routing-service-props.ts";

type Template = NonNullable<RoutingServiceSpecInput["template"]>;
type Sidecar = NonNullable<NonNullable<Template["pod"]>["containers"]>[number];

const metadata = (object: string) => ({
  labels: { "example.org/team": "messages" },
  annotations: { "example.org/note": `of the ${object}` },
});

const profile = { type: "RuntimeDefault" as const };
const seLinuxOptions = { type: "container_t" as const, level: "s0:c1,c2" };

/** Variables from elsewhere. */
const SOURCES: NonNullable<Sidecar["env"]> = [
  { name: "ONE", valueFrom: { secretKeyRef: { name: "credentials", key: "one", optional: true } } },
  { name: "TWO", valueFrom: { configMapKeyRef: { name: "company-ca", key: "two", optional: true } } },
  { name: "POD_IP", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "status.podIP" } } },
  {
    name: "MEMORY",
    valueFrom: {
      resourceFieldRef: { resource: "limits.memory", containerName: "proxy", divisor: "1Mi" },
    },
  },
];

const ENV_FROM: NonNullable<Sidecar["envFrom"]> = [
  { prefix: "EXTRA_", configMapRef: { name: "extra", optional: true } },
  { secretRef: { name: "extra", optional: true } },
];

const MOUNTS: NonNullable<Sidecar["volumeMounts"]> = [
  { name: "company-ca", mountPath: "/etc/company-ca", readOnly: true, mountPropagation: "None" },
  { name: "credentials", mountPath: "/etc/credentials", subPath: "one", readOnly: true },
  { name: "scratch", mountPath: "/tmp", subPathExpr: "$(POD_IP)" },
];

/** Of a container that is no part of Dumbwaiter. */
const SIDECAR: Sidecar = {
  name: "proxy",
  image: "registry.example/proxy:1",
  imagePullPolicy: "IfNotPresent",
  command: ["/proxy"],
  args: ["--listen", "127.0.0.1:15001"],
  workingDir: "/tmp",
  env: [{ name: "PORT", value: "15001" }, ...SOURCES],
  envFrom: ENV_FROM,
  ports: [{ name: "proxy", containerPort: 15_001, protocol: "TCP" }],
  resources: {
    requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "500m", memory: "64Mi", "ephemeral-storage": "64Mi" },
  },
  volumeMounts: MOUNTS,
  securityContext: {
    ...{ runAsNonRoot: true, runAsUser: 1001, runAsGroup: 1001, seccompProfile: profile },
    ...{ appArmorProfile: profile, seLinuxOptions },
    ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true },
    capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
  },
  startupProbe: { tcpSocket: { port: "proxy" }, periodSeconds: 1, failureThreshold: 30 },
  readinessProbe: { httpGet: { path: "/ready", port: 15_001, scheme: "HTTP" }, periodSeconds: 5 },
  livenessProbe: { grpc: { port: 15_001, service: "health" }, periodSeconds: 10 },
  lifecycle: { preStop: { sleep: { seconds: 3 } } },
};

/** Every field of a template. */
export const EVERY_TEMPLATE_FIELD = {
  deployment: { metadata: metadata("Deployment") },
  serviceAccount: { metadata: metadata("ServiceAccount") },
  service: { metadata: metadata("Service"), ipFamilyPolicy: "PreferDualStack", ipFamilies: ["IPv4"] },
  podDisruptionBudget: { maxUnavailable: "25%" },
  pod: {
    metadata: metadata("pods"),
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            preference: { matchExpressions: [{ key: "pool", operator: "In", values: ["messages"] }] },
          },
        ],
      },
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 1,
            podAffinityTerm: {
              topologyKey: "topology.kubernetes.io/zone",
              labelSelector: { matchLabels: { app: "redis" } },
            },
          },
        ],
      },
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: { matchLabels: { "example.org/team": "messages" } },
            },
          },
        ],
      },
    },
    topologySpreadConstraints: [
      {
        ...{ maxSkew: 2, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
        ...{ minDomains: 1, nodeAffinityPolicy: "Honor", nodeTaintsPolicy: "Honor" },
      },
    ],
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, seccompProfile: profile },
      ...{ appArmorProfile: profile, seLinuxOptions, fsGroup: 65_532, fsGroupChangePolicy: "OnRootMismatch" },
      ...{ supplementalGroups: [2000], supplementalGroupsPolicy: "Merge" },
    },
    assignedUser: false,
    volumes: [
      { name: "scratch", emptyDir: { sizeLimit: "64Mi" } },
      { name: "company-ca", configMap: { name: "company-ca", optional: true } },
      { name: "credentials", secret: { secretName: "credentials", optional: true } },
      {
        name: "token",
        projected: { sources: [{ serviceAccountToken: { audience: "vault", path: "token" } }] },
      },
      {
        name: "about",
        downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
      },
      { name: "vault", csi: { driver: "secrets-store.csi.k8s.io", readOnly: true } },
      {
        name: "space",
        ephemeral: {
          volumeClaimTemplate: {
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        },
      },
      { name: "shared", persistentVolumeClaim: { claimName: "shared" } },
    ],
    containers: [SIDECAR],
    initContainers: [
      {
        ...SIDECAR,
        name: "mesh",
        restartPolicy: "Always",
        ports: [{ name: "mesh", containerPort: 15_021, protocol: "TCP" }],
      },
      {
        name: "prepare",
        image: "registry.example/prepare:1",
        args: [],
        resources: {
          requests: { cpu: 0.01, memory: "16Mi" },
          limits: { memory: "16Mi", "ephemeral-storage": 67_108_864 },
        },
      },
    ],
  },
  container: {
    env: [
      { name: "HTTPS_PROXY", value: "http://proxy.example:3128" },
      { name: "NODE_EXTRA_CA_CERTS", value: "/etc/company-ca/ca.pem" },
      ...SOURCES,
    ],
    envFrom: ENV_FROM,
    volumeMounts: MOUNTS,
    imagePullPolicy: "Always",
    resources: {
      requests: { "ephemeral-storage": "128Mi" },
      limits: { "ephemeral-storage": "256Mi" },
    },
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, seccompProfile: profile },
      ...{ appArmorProfile: profile, seLinuxOptions },
      ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    },
  },
} as const satisfies Template;
