import type { Component, RoutingServiceProps, RoutingServiceSpec } from "../../spec/routing-service-props.ts";

export const HTTP_PORT = 8080;
export const ADMIN_PORT = 9090;

/** Where the certificate of Redis's authority is mounted. */
export const REDIS_CA_DIR = "/etc/dumbwaiter/redis-ca";

type Variables = Readonly<Record<string, string | number | undefined>>;

/** The environment of a component, but for what Secrets hold: what it reads, and nothing that it does not. */
export function containerConfig({ spec }: RoutingServiceProps, component: Component): Record<string, string> {
  const variables: Variables = { ...common(spec), ...only(spec)[component] };
  const set = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function common({ google, redis, limits, shutdown, observability }: RoutingServiceSpec): Variables {
  return {
    ADMIN_PORT,
    SHUTDOWN_GRACE_SECONDS: shutdown.graceSeconds,
    LOG_LEVEL: observability.logLevel,
    OTEL_EXPORTER_OTLP_ENDPOINT: observability.otlpEndpoint,
    GOOGLE_CLOUD_PROJECT: google.project,
    FIRESTORE_DATABASE: google.firestoreDatabase,
    FIRESTORE_EMULATOR_HOST: google.emulators?.firestore,
    PUBSUB_EMULATOR_HOST: google.emulators?.pubsub,
    // Google's clients would look for a machine's credentials otherwise, and wait for them.
    METADATA_SERVER_DETECTION: google.emulators && "none",
    REDIS_URL: redis.url,
    REDIS_CA_FILE: redis.caConfigMap && `${REDIS_CA_DIR}/${redis.caConfigMap.key}`,
    MAX_ENVELOPE_BYTES: limits.maxEnvelopeBytes,
    MAX_DEVICES: limits.maxDevices,
    MESSAGE_TTL_DAYS: limits.messageTtlDays,
    DEVICE_TTL_DAYS: limits.deviceTtlDays,
  };
}

function only(spec: RoutingServiceSpec): Readonly<Record<Component, Variables>> {
  const { google, limits, realtime } = spec;
  const { ingressTopic, ingressSubscription, deadLetterTopic, pushTopic } = google.pubsub;
  return {
    api: { ...serving(spec), PUBSUB_INGRESS_TOPIC: ingressTopic },
    processor: {
      PUBSUB_INGRESS_SUBSCRIPTION: ingressSubscription,
      PUBSUB_DEAD_LETTER_TOPIC: deadLetterTopic,
      PUBSUB_PUSH_TOPIC: pushTopic,
    },
    realtime: {
      ...serving(spec),
      PUBSUB_INGRESS_TOPIC: ingressTopic,
      PUBSUB_PUSH_TOPIC: pushTopic,
      DRAIN_SECONDS: realtime.drainSeconds,
      MAX_UNACKED: limits.maxUnacked,
      MAX_BUFFERED_BYTES: limits.maxBufferedBytes,
    },
  };
}

/** What the services read that clients call. */
function serving({ auth, http, limits, route }: RoutingServiceSpec): Variables {
  return {
    PORT: HTTP_PORT,
    ALLOWED_ORIGINS: http.allowedOrigins.join(","),
    TRUST_PROXY: http.trustProxy ?? (route.kind === "none" ? "false" : "1"),
    AUTH_ISSUER: auth.issuer,
    AUTH_AUDIENCE: auth.audience,
    AUTH_JWKS_URL: auth.jwksUrl,
    SEND_RATE_PER_SECOND: limits.sendRatePerSecond,
    SEND_BURST: limits.sendBurst,
    SENDER_BYTES_PER_HOUR: limits.senderBytesPerHour,
    RECIPIENT_BYTES_PER_HOUR: limits.recipientBytesPerHour,
  };
}
