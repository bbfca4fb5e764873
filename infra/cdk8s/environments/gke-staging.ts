import type { Environment } from "./environment.ts";

/** A small installation on GKE, without Config Connector: a script creates the cloud resources. */
export const gkeStaging: Environment = {
  id: "gke-staging",
  name: "dumbwaiter",
  namespace: "dumbwaiter-staging",
  spec: {
    images: { registry: "europe-docker.pkg.dev/acme-staging/dumbwaiter" },
    auth: {
      issuer: "https://id.staging.acme.example/",
      audience: "dumbwaiter",
      jwksUrl: "https://id.staging.acme.example/.well-known/jwks.json",
    },
    google: { project: "acme-staging", projectNumber: "210987654321", cloudResources: "external" },
    redis: {
      urlSecret: { name: "dumbwaiter-redis", as: "file" },
      caConfigMap: { name: "dumbwaiter-redis-ca" },
    },
    api: { replicas: { min: 2, max: 4 } },
    processor: { replicas: { min: 2, max: 4 } },
    realtime: { replicas: { min: 2, max: 4 } },
    http: { allowedOrigins: ["https://app.staging.acme.example"] },
    observability: { logLevel: "debug", logFormat: "cloudLogging" },
    // Memorystore for Redis with TLS.
    network: { redis: { ports: [{ port: 6378 }] } },
    route: {
      kind: "gateway",
      host: "messages.staging.acme.example",
      certificateMap: "dumbwaiter-staging",
      address: "dumbwaiter-staging",
    },
    monitoring: {
      system: "managedPrometheus",
      runbookUrl: "https://github.com/acme/dumbwaiter/blob/main/docs/operations.md",
    },
  },
};
