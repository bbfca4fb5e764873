import { DumbwaiterError, InvalidRequestError, parseDeviceId, parseSubject, userUrn } from "@dumbwaiter/core";
import { allowOrigins, answerWithProblem, type OriginSettings } from "@dumbwaiter/service";
import { json, type NextFunction, type Request, type Response, Router } from "express";
import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from "jose";
import { z } from "zod";
import { DEV_ISSUER_ALGORITHM } from "./dev-issuer-key.ts";

export const DEV_ISSUER = "dumbwaiter-dev-issuer";
export const DEV_AUDIENCE = "dumbwaiter";
export const JWKS_PATH = "/.well-known/jwks.json";
const TOKEN_PATH = "/dev/token";

const DEFAULT_LIFETIME_SECONDS = 3600;
const MAX_LIFETIME_SECONDS = 30 * 24 * 3600;

/** Escapes included. */
const MAX_BODY_BYTES = 4 * 1024;

const tokenRequestSchema = z.strictObject({
  user: z.string().transform((user, context) => {
    const parsed = parseSubject(user);
    if (parsed === undefined) context.addIssue("must be a subject or urn:sm:user:<id>");
    return parsed ?? z.NEVER;
  }),
  deviceId: z
    .string()
    .refine((device) => parseDeviceId(device) !== undefined, "must be a device ID")
    .optional(),
  /** A negative value makes an expired token, to test with. */
  expiresInSeconds: z
    .int()
    .min(-MAX_LIFETIME_SECONDS)
    .max(MAX_LIFETIME_SECONDS)
    .default(DEFAULT_LIFETIME_SECONDS),
});

/**
 * Issues a token for any user to any caller: for development only. Serves `GET /.well-known/jwks.json` and
 * `POST /dev/token {"user","deviceId"?,"expiresInSeconds"?}` → `{"token"}`, to pages of its own and of allowed origins.
 */
export async function createDevIssuer(
  privateJwk: JWK,
  origins: OriginSettings = { allowedOrigins: [], trustProxy: false },
): Promise<Router> {
  const privateKey = await importJWK(privateJwk, DEV_ISSUER_ALGORITHM);
  const { d: _private, ...publicJwk } = privateJwk;
  const kid = await calculateJwkThumbprint(publicJwk);

  const router = Router();
  router.get(JWKS_PATH, (_request, response) => {
    response.json({ keys: [{ ...publicJwk, kid, alg: DEV_ISSUER_ALGORITHM, use: "sig" }] });
  });
  router.use(TOKEN_PATH, allowOrigins(origins));
  router.post(TOKEN_PATH, json({ limit: MAX_BODY_BYTES }), async (request, response) => {
    const parsed = tokenRequestSchema.safeParse(request.body ?? {});
    if (!parsed.success) {
      refuse(response, z.prettifyError(parsed.error));
      return;
    }
    const { user, deviceId, expiresInSeconds } = parsed.data;
    const token = await new SignJWT(deviceId === undefined ? {} : { device_id: deviceId })
      .setProtectedHeader({ alg: DEV_ISSUER_ALGORITHM, kid })
      .setIssuer(DEV_ISSUER)
      .setAudience(DEV_AUDIENCE)
      .setSubject(userUrn(user))
      .setIssuedAt()
      .setExpirationTime(new Date(Date.now() + expiresInSeconds * 1000))
      .sign(privateKey);
    response.json({ token });
  });
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (error instanceof DumbwaiterError) answerWithProblem(response, error);
    else refuse(response, `the body must be a JSON object of at most ${MAX_BODY_BYTES} bytes`);
  });
  return router;
}

function refuse(response: Response, detail: string): void {
  answerWithProblem(response, new InvalidRequestError("invalid_request", detail));
}
