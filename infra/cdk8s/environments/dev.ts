import { VERSION } from "../src/version.ts";
import type { Environment } from "./environment.ts";

const ONE = { min: 1, max: 1 };
const SMALL = { cpu: "100m", memory: "512Mi" };

/** One pod of each component on any cluster, with Redis, Google's emulators and the development issuer. */
export const dev: Environment = {
  id: "dev",
  name: "dumbwaiter",
  namespace: "dumbwaiter-dev",
  spec: {
    auth: {
      issuer: "dumbwaiter-dev-issuer",
      audience: "dumbwaiter",
      jwksUrl: "http://dumbwaiter-issuer:8080/.well-known/jwks.json",
    },
    google: {
      project: "dumbwaiter-dev",
      cloudResources: "external",
      emulators: { pubsub: "dumbwaiter-emulators:8085", firestore: "dumbwaiter-emulators:8086" },
    },
    redis: { url: "redis://dumbwaiter-redis:6379" },
    api: { replicas: ONE, resources: SMALL },
    processor: { replicas: ONE, resources: SMALL },
    realtime: { replicas: ONE, resources: SMALL, drainSeconds: 5 },
    http: { allowedOrigins: ["http://127.0.0.1:8080", "http://localhost:8080"] },
    shutdown: { preStopSeconds: 1, graceSeconds: 10 },
    observability: { logLevel: "debug" },
    network: {
      fromCidrs: [],
      fromNamespaces: ["dumbwaiter-dev"],
      metricsNamespaces: ["dumbwaiter-dev"],
      redis: { cidrs: [], podLabels: { "app.kubernetes.io/component": "redis" } },
      extraEgress: [
        { podLabels: { "app.kubernetes.io/component": "emulators" }, port: 8085 },
        { podLabels: { "app.kubernetes.io/component": "emulators" }, port: 8086 },
        { podLabels: { "app.kubernetes.io/component": "issuer" }, port: 8080 },
      ],
    },
    // skaffold syncs files into the running containers.
    readOnlyRootFilesystem: false,
  },
  developmentServers: {
    redis: "redis:8.2-alpine",
    emulators: "gcr.io/google.com/cloudsdktool/google-cloud-cli:529.0.0-emulators",
    provision: `dumbwaiter-provision:${VERSION}`,
    issuer: `dumbwaiter-issuer:${VERSION}`,
  },
};
