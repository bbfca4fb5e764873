import type { Environment } from "./environment.ts";

/** GKE with Config Connector, Google's managed Prometheus, and a backlog metric from the Stackdriver adapter. */
export const gkeProduction: Environment = {
  id: "gke-production",
  name: "dumbwaiter",
  namespace: "dumbwaiter",
  spec: {
    images: { registry: "europe-docker.pkg.dev/acme-production/dumbwaiter" },
    auth: {
      issuer: "https://id.acme.example/",
      audience: "dumbwaiter",
      jwksUrl: "https://id.acme.example/.well-known/jwks.json",
    },
    google: { project: "acme-production", projectNumber: "123456789012" },
    redis: {
      urlSecret: { name: "dumbwaiter-redis", as: "file" },
      caConfigMap: { name: "dumbwaiter-redis-ca" },
    },
    api: { replicas: { min: 3, max: 30 }, resources: { cpu: "1" } },
    processor: {
      replicas: { min: 3, max: 30 },
      resources: { cpu: "1", memory: "1Gi" },
      backlog: { source: "stackdriver" },
    },
    realtime: {
      replicas: { min: 3, max: 50 },
      resources: { cpu: "1", memory: "2Gi" },
      sockets: { metricName: "prometheus.googleapis.com|dumbwaiter_realtime_sockets|gauge" },
      drainSeconds: 120,
    },
    observability: { logFormat: "cloudLogging" },
    http: { allowedOrigins: ["https://app.acme.example"] },
    network: {
      // Memorystore for Redis Cluster: discovery endpoint and nodes.
      redis: { cidrs: ["10.0.0.0/8"], ports: [{ port: 6379 }, { port: 11_000, endPort: 13_047 }] },
    },
    route: {
      kind: "gateway",
      host: "messages.acme.example",
      certificateMap: "dumbwaiter",
      address: "dumbwaiter",
    },
    monitoring: {
      system: "managedPrometheus",
      dashboard: true,
      runbookUrl: "https://github.com/acme/dumbwaiter/blob/main/docs/operations.md",
    },
  },
};
