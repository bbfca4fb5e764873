import type { RoutingServiceSpecInput } from "../src/spec/routing-service-props.ts";
import { EVERY_TEMPLATE_FIELD } from "./every-template-field.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;

/** The required fields only. */
export const MINIMAL: RoutingServiceSpecInput = {
  auth: { issuer: "https://id.example/", audience: "dumbwaiter", jwksUrl: "https://id.example/jwks.json" },
  google: { project: "a-project", projectNumber: "1234567890" },
  redis: { urlSecret: { name: "redis" } },
};

/** Every option that the environments do not use. */
export const VARIANTS: Readonly<Record<string, RoutingServiceSpecInput>> = {
  minimal: MINIMAL,
  "prometheus-operator-and-impersonation": {
    ...MINIMAL,
    images: { registry: "registry.example/x", tag: "1.2.3", pullPolicy: "Always", pullSecrets: ["pull"] },
    google: {
      ...MINIMAL.google,
      cluster: { project: "cluster-project", projectNumber: "987" },
      workloadIdentity: "impersonation",
      firestoreDatabase: "messages",
      firestoreAccess: "database",
      topics: {
        kmsKeyName: "projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/messages",
        storagePolicy: { allowedRegions: ["europe-west1", "europe-west4"], enforceInTransit: true },
      },
    },
    api: {
      image: "registry.example/mine@sha256:0000000000000000000000000000000000000000000000000000000000000000",
      resources: { cpu: 0.25, cpuLimit: 2, memory: "1.5Gi" },
      priorityClassName: "high",
      nodeSelector: { pool: "messages" },
      tolerations: [
        { key: "pool", value: "messages", effect: "NoSchedule" },
        {
          key: "node.kubernetes.io/unreachable",
          operator: "Exists",
          effect: "NoExecute",
          tolerationSeconds: 30,
        },
      ],
    },
    processor: { backlog: { source: "prometheusAdapter", messagesPerPod: 100 } },
    realtime: { sockets: {}, resources: { memory: 2_147_483_648 } },
    observability: {
      otlpEndpoint: "http://otel-collector.monitoring:4318",
      tracesSampler: "parentbased_traceidratio",
      tracesSamplerArg: 0.1,
      resourceAttributes: "deployment.environment.name=production,service.namespace=mail",
    },
    network: {
      metricsNamespaces: ["monitoring"],
      extraEgress: [{ cidrs: ["10.1.0.0/16", "fd00:1::/32"], port: 4318 }],
    },
    route: {
      kind: "gateway",
      host: "m.example",
      existingGateway: { name: "shared", namespace: "gateways", sectionName: "https" },
    },
    monitoring: {
      ...{ system: "prometheusOperator", dashboard: true, labels: { release: "prometheus" } },
      alertRules: [
        { alert: "DumbwaiterDeadLetters", severity: "page", threshold: 10 },
        { alert: "DumbwaiterProcessorStuck", threshold: 300, for: "10m" },
        { alert: "DumbwaiterAtMaxReplicas", enabled: false },
      ],
    },
  },
  "several-issuers": {
    ...MINIMAL,
    auth: {
      ...MINIMAL.auth,
      audience: "web, mobile",
      userClaim: "https://id.example/user",
      deviceClaim: "/device/id",
      additionalIssuers: [
        {
          issuer: "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c",
          audience: "dumbwaiter",
          jwksUrl: "https://container.googleapis.com/v1/projects/p/locations/l/clusters/c/jwks",
          userPrefix: "k8s:",
          userClaim: "/kubernetes.io/serviceaccount/uid",
        },
      ],
    },
  },
  "redis-cluster-with-iam": {
    ...MINIMAL,
    redis: { url: "rediss://10.0.0.3:6379,", authentication: "googleIam", caConfigMap: { name: "redis-ca" } },
  },
  "redis-sentinel": {
    ...MINIMAL,
    redis: { url: "redis+sentinel://sentinel-0.redis,sentinel-1.redis,sentinel-2.redis/shop" },
    network: { redis: { podLabels: { app: "redis" }, ports: [{ port: 6379 }, { port: 26_379 }] } },
  },
  "own-gateway-with-a-secret": {
    ...MINIMAL,
    route: { kind: "gateway", host: "m.example", tlsSecret: "tls" },
  },
  "gke-ingress": {
    ...MINIMAL,
    google: { ...MINIMAL.google, cloudResources: "external", workloadIdentity: "impersonation" },
    route: { kind: "ingress", className: "gce", host: "m.example", tlsSecret: "tls" },
  },
  "ingress-of-nginx": {
    ...MINIMAL,
    network: { fromCidrs: [], fromNamespaces: ["ingress-nginx"], policies: true },
    route: {
      kind: "ingress",
      className: "nginx",
      host: "m.example",
      tlsSecret: "tls",
      annotations: { "nginx.ingress.kubernetes.io/proxy-read-timeout": "86400" },
    },
  },
  "gateway-of-gke-with-every-option": {
    ...MINIMAL,
    processor: {
      autoscaling: { mode: "external" },
      backlog: { source: "stackdriver", labels: { "metadata.user_labels.team": "messages" } },
    },
    realtime: {
      autoscaling: { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } },
      eventLoopLag: {},
    },
    network: { googleApis: "restricted", extraEgress: [{ cidrs: ["203.0.113.0/24"], port: 443 }] },
    route: {
      kind: "gateway",
      host: "m.example",
      className: "gke-l7-regional-external-managed",
      tlsSecret: "tls",
      securityPolicy: "armor",
      sslPolicy: "modern",
      logSamplePercent: 10,
      redirectToHttps: true,
    },
  },
  "gateway-of-another-controller": {
    ...MINIMAL,
    api: { autoscaling: { mode: "none" } },
    observability: { otlpEndpoint: "http://collector.tracing.svc.cluster.local:4318" },
    network: {
      fromCidrs: [],
      fromNamespaces: ["istio-ingress"],
      dns: { namespaces: ["openshift-dns"], ports: [53, 5353] },
      redis: { namespaceLabels: { "kubernetes.io/metadata.name": "redis" }, podLabels: { app: "redis" } },
      extraEgress: [
        { namespaceLabels: { team: "identity" }, podLabels: { app: "issuer" }, port: 8443 },
        { cidrs: ["10.2.0.0/16"], port: 8125, protocol: "UDP" },
      ],
    },
    route: {
      kind: "gateway",
      host: "m.example",
      className: "istio",
      tlsSecret: "tls",
      redirectToHttps: true,
    },
  },
  "gke-ingress-with-every-option": {
    ...MINIMAL,
    route: {
      kind: "ingress",
      className: "gce",
      host: "m.example",
      tlsSecret: "tls",
      securityPolicy: "armor",
      sslPolicy: "modern",
      logSamplePercent: 25,
      redirectToHttps: true,
    },
  },
  "every-field-of-a-template": {
    ...MINIMAL,
    images: { registry: "registry.example/x", digests: { api: DIGEST, processor: DIGEST, realtime: DIGEST } },
    template: EVERY_TEMPLATE_FIELD,
    api: { template: { podDisruptionBudget: { minAvailable: 1 } } },
    realtime: {
      template: {
        pod: { metadata: { labels: { "example.org/team": "sockets" } } },
        container: { env: [{ name: "HTTPS_PROXY", value: "http://sockets.example:3128" }] },
      },
    },
  },
  "fixed-number-of-pods-without-policies": {
    ...MINIMAL,
    realtime: { replicas: { min: 3, max: 3 } },
    network: { policies: false },
  },
};
