import { AUTH } from "./auth.ts";
import { GOOGLE, INGRESS_TOPIC } from "./google.ts";
import { ALLOWED_ORIGINS, TRUST_PROXY } from "./http.ts";
import { ADMIN_PORT, HOST, OBSERVABILITY, PORT, READINESS_DELAY, SHUTDOWN_GRACE } from "./process.ts";
import { REDIS } from "./redis.ts";

/** What each service reads that clients call and that accepts messages: the api and realtime. */
export const CLIENT_FACING = [
  PORT,
  HOST,
  ADMIN_PORT,
  ALLOWED_ORIGINS,
  TRUST_PROXY,
  ...AUTH,
  SHUTDOWN_GRACE,
  READINESS_DELAY,
  ...OBSERVABILITY,
  ...GOOGLE,
  INGRESS_TOPIC,
  ...REDIS,
] as const;
