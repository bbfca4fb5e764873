/** All that a client-facing service cannot know. */
export const REQUIRED = {
  AUTH_ISSUER: "https://issuer.example/",
  AUTH_AUDIENCE: "dumbwaiter",
  AUTH_JWKS_URL: "https://issuer.example/jwks.json",
  GOOGLE_CLOUD_PROJECT: "my-project",
  REDIS_URL: "redis://localhost",
};

/** What the api and realtime make of it, grouped by concern. */
export const DEFAULTS = {
  listen: { port: 8080, host: undefined, adminPort: 9090 },
  http: { allowedOrigins: [], trustProxy: false },
  auth: {
    issuer: "https://issuer.example/",
    audience: ["dumbwaiter"],
    jwksUrl: "https://issuer.example/jwks.json",
    userClaim: "sub",
    deviceClaim: "device_id",
  },
  shutdown: { graceMs: 30_000, readinessDelayMs: 0 },
  log: { level: "info", format: "json" },
  tracing: { endpoint: undefined },
  google: {
    projectId: "my-project",
    databaseId: "(default)",
    firestoreEmulatorHost: undefined,
    pubsubEmulatorHost: undefined,
  },
  pubsub: { ingressTopic: "dumbwaiter-ingress" },
  redis: { url: "redis://localhost", authentication: "password", caFile: undefined },
  limits: {
    maxEnvelopeBytes: 262_144,
    maxDevices: 10,
    messageTtlMs: 30 * 86_400_000,
    deviceTtlMs: 45 * 86_400_000,
    sendRatePerSecond: 50,
    sendBurst: 100,
    senderBytesPerHour: 64 * 1024 ** 2,
    recipientBytesPerHour: 1024 ** 3,
    recipientRatePerSecond: 400,
    recipientBurst: 2_000,
    maxQueueMessages: 100_000,
    maxQueueBytes: 4 * 1024 ** 3,
    pullRatePerSecond: 50,
    pullBurst: 2_000,
    ackRatePerSecond: 4_000,
    ackBurst: 100_000,
    deviceRatePerSecond: 10,
    deviceBurst: 200,
    handshakeRatePerSecond: 10,
    handshakeBurst: 400,
  },
};
