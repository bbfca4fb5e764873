import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { parseDeviceId, parseSubject, userUrn } from "@dumbwaiter/core";
import { json, type NextFunction, type Request, type Response, Router } from "express";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { z } from "zod";

export const DEV_ISSUER = "dumbwaiter-dev-issuer";
export const DEV_AUDIENCE = "dumbwaiter";

const ALGORITHM = "ES256";
const DEFAULT_LIFETIME_SECONDS = 3600;
const MAX_LIFETIME_SECONDS = 30 * 24 * 3600;

const tokenRequestSchema = z.strictObject({
  user: z.string().transform((user, context) => {
    const parsed = parseSubject(user);
    if (parsed === undefined) context.addIssue("must be a user id or urn:sm:user:<id>");
    return parsed ?? z.NEVER;
  }),
  deviceId: z
    .string()
    .refine((device) => parseDeviceId(device) !== undefined, "must be a device id")
    .optional(),
  /** Below zero makes a token that has expired already, to try that out. */
  expiresInSeconds: z
    .int()
    .min(-MAX_LIFETIME_SECONDS)
    .max(MAX_LIFETIME_SECONDS)
    .default(DEFAULT_LIFETIME_SECONDS),
});

/**
 * Gives a token for any user to whoever asks: for development alone. Serves `GET /.well-known/jwks.json` and
 * `POST /dev/token {"user","deviceId"?,"expiresInSeconds"?}` → `{"token"}`.
 *
 * @param keyFile holds the signing key, made when it is missing, so that tokens outlive a restart
 */
export async function createDevIssuer(keyFile: string): Promise<Router> {
  const privateJwk = await readOrMakeKey(keyFile);
  const privateKey = await importJWK(privateJwk, ALGORITHM);
  const { d: _private, ...publicJwk } = privateJwk;
  const kid = await calculateJwkThumbprint(publicJwk);

  const router = Router();
  router.get("/.well-known/jwks.json", (_request, response) => {
    response.json({ keys: [{ ...publicJwk, kid, alg: ALGORITHM, use: "sig" }] });
  });
  router.post("/dev/token", json(), async (request, response) => {
    const parsed = tokenRequestSchema.safeParse(request.body ?? {});
    if (!parsed.success) {
      refuse(response, z.prettifyError(parsed.error));
      return;
    }
    const { user, deviceId, expiresInSeconds } = parsed.data;
    const token = await new SignJWT(deviceId === undefined ? {} : { device_id: deviceId })
      .setProtectedHeader({ alg: ALGORITHM, kid })
      .setIssuer(DEV_ISSUER)
      .setAudience(DEV_AUDIENCE)
      .setSubject(userUrn(user))
      .setIssuedAt()
      .setExpirationTime(new Date(Date.now() + expiresInSeconds * 1000))
      .sign(privateKey);
    response.json({ token });
  });
  router.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    refuse(response, "the body must be a JSON object");
  });
  return router;
}

function refuse(response: Response, detail: string): void {
  response
    .status(400)
    .type("application/problem+json")
    .json({ title: "Bad Request", status: 400, code: "invalid_request", detail });
}

async function readOrMakeKey(keyFile: string): Promise<JWK> {
  try {
    return JSON.parse(await readFile(keyFile, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  await mkdir(dirname(keyFile), { recursive: true });
  // A process killed in the middle must not leave half a key.
  await writeFile(`${keyFile}.new`, JSON.stringify(jwk), { mode: 0o600 });
  await rename(`${keyFile}.new`, keyFile);
  return jwk;
}
