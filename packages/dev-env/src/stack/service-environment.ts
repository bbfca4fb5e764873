import type { Server, ServerAddress } from "../servers/index.ts";

/** What the services depend on, as `sharedServers` gives it. */
interface Servers {
  readonly redis: ServerAddress;
  readonly pubsub: ServerAddress;
  readonly firestore: ServerAddress;
}

/** The environment of a service, apart from its ports. */
export function serviceEnvironment(
  projectId: string,
  { redis, pubsub, firestore }: Servers,
  issuer: Pick<Server, "url">,
) {
  return {
    GOOGLE_CLOUD_PROJECT: projectId,
    PUBSUB_EMULATOR_HOST: pubsub.url,
    FIRESTORE_EMULATOR_HOST: firestore.url,
    // Otherwise Google's clients look for a machine's credentials, and warn.
    METADATA_SERVER_DETECTION: "none",
    REDIS_URL: redis.url,
    AUTH_ISSUER: "dumbwaiter-dev-issuer",
    AUTH_AUDIENCE: "dumbwaiter",
    AUTH_JWKS_URL: `${issuer.url}/.well-known/jwks.json`,
    DRAIN_SECONDS: "1",
  };
}
