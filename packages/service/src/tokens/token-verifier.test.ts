import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { SignJWT, UnsecuredJWT } from "jose";
import {
  AUDIENCE,
  type Claims,
  ISSUER,
  type JwksServer,
  makeKey,
  type SigningKey,
  signToken,
  startJwksServer,
} from "../../testing/test-issuer.ts";
import { createLogger } from "../telemetry/logger.ts";
import { createTokenVerifier } from "./token-verifier.ts";

const logger = createLogger({ service: "test", level: "silent" });
const MINUTE = 60_000;
const now = () => Math.floor(Date.now() / 1000);

const keys = await Promise.all([makeKey("es"), makeKey("ed", "EdDSA"), makeKey("rs", "RS256")]);
const [es, , rs] = keys as [SigningKey, SigningKey, SigningKey];
const stranger = await makeKey("es");

let server: JwksServer;
/** How far the verifier's clock runs ahead. */
let aheadMs: number;

beforeEach(async () => {
  aheadMs = 0;
  server = await startJwksServer(...keys);
});

afterEach(() => server.close());

function verifier(cacheSize?: number) {
  return createTokenVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUrl: server.url,
    logger,
    clock: { now: () => Date.now() + aheadMs },
    ...(cacheSize === undefined ? {} : { cacheSize }),
  });
}

describe("createTokenVerifier", () => {
  it.each(keys)("accepts a token signed with $alg", async (key) => {
    const exp = now() + 60;
    expect(await verifier().verify(await signToken(key, { exp }))).toEqual({
      user: "alice",
      expiresAt: exp * 1000,
    });
  });

  it.each<[string, Claims, object]>([
    ["a bare subject", { sub: "bob@example.org" }, { user: "bob@example.org" }],
    ["a device", { device_id: "phone-1" }, { user: "alice", device: "phone-1" }],
    ["one audience of several", { aud: ["other", AUDIENCE] }, { user: "alice" }],
    ["an expiry within the leeway", { exp: now() - 10 }, { user: "alice" }],
    ["times ahead within the leeway", { iat: now() + 10, nbf: now() + 10 }, { user: "alice" }],
    ["no iat", { iat: undefined }, { user: "alice" }],
  ])("accepts %s", async (_, claims, principal) => {
    expect(await verifier().verify(await signToken(es, claims))).toMatchObject(principal);
  });

  it.each<[string, Claims]>([
    ["nbf ahead", { nbf: now() + 90 }],
    ["iat ahead", { iat: now() + 90 }],
    ["no exp", { exp: undefined }],
    ["exp beyond all dates", { exp: 1e300 }],
    ["another issuer", { iss: "https://other.test" }],
    ["no issuer", { iss: undefined }],
    ["another audience", { aud: "other" }],
    ["no audience", { aud: undefined }],
    ["no sub", { sub: undefined }],
    ["a sub that is not a user", { sub: "urn:sm:user:__proto__" }],
    ["a sub of another kind", { sub: "urn:sm:group:x" }],
    ["an invalid device_id", { device_id: "../x" }],
    ["a device_id that is not a string", { device_id: 7 }],
    ["a null device_id", { device_id: null }],
  ])("refuses a token with %s", async (_, claims) => {
    const token = await signToken(es, claims);
    await expect(verifier().verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("refuses an expired token with its own code", async () => {
    const token = await signToken(es, { exp: now() - 31 });
    await expect(verifier().verify(token)).rejects.toMatchObject({ code: "token_expired" });
  });

  it.each<[string, () => Promise<string> | string]>([
    ["that is garbage", () => "garbage"],
    ["that is empty", () => ""],
    ["that is three dots", () => "..."],
    ["signed by a stranger under a known key id", () => signToken(stranger)],
    ["whose key is of another algorithm", () => signToken(es, {}, { kid: "rs" })],
    ["over 8 KiB", () => signToken(es, { filler: "x".repeat(8192) })],
    ["with alg none", unsigned],
    ["with alg none and a signature's place", () => `${unsigned()}AAAA`],
    ["signed by HS256 with the public key as secret", hmacWithPublicKey],
    ["with an unknown critical header", withCriticalHeader],
    ["with its payload changed", tampered],
  ])("refuses a token %s", async (_, token) => {
    await expect(verifier().verify(await token())).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("refuses any other algorithm, even if a published key that names none fits it", async () => {
    const { alg: _, ...anyAlgorithm } = rs.publicJwk;
    server.keys = [{ ...rs, publicJwk: anyAlgorithm }];
    const token = await new SignJWT({ sub: "alice", iss: ISSUER, aud: AUDIENCE, exp: now() + 60 })
      .setProtectedHeader({ alg: "RS512", kid: "rs" })
      .sign(createPrivateKey(rs.privatePem));
    await expect(verifier().verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await verifier().verify(await signToken(rs))).toMatchObject({ user: "alice" });
  });
});

describe("while the issuer rotates its keys", () => {
  it.each(["ES256", "EdDSA", "RS256"] as const)("accepts %s tokens without kid of two keys", async (alg) => {
    const rotating = await Promise.all([makeKey("old", alg), makeKey("new", alg)]);
    server.keys = [...keys, ...rotating];
    const { verify } = verifier();
    for (const key of rotating) {
      expect(await verify(await signToken(key, {}, { kid: undefined }))).toMatchObject({ user: "alice" });
    }
    expect(server.requests).toBe(1);
  });

  it("accepts tokens of two keys with one kid", async () => {
    const rotating = await Promise.all([makeKey("same"), makeKey("same")]);
    server.keys = rotating;
    const { verify } = verifier();
    for (const key of rotating) expect(await verify(await signToken(key))).toMatchObject({ user: "alice" });
  });

  it("accepts a token of a key that replaced another under its kid, or without one", async () => {
    server.keys = [es];
    const { verify } = verifier();
    await verify(await signToken(es));
    server.keys = [stranger];
    aheadMs = 11_000;
    expect(await verify(await signToken(stranger))).toMatchObject({ user: "alice" });
    server.keys = [es];
    aheadMs = 22_000;
    expect(await verify(await signToken(es, {}, { kid: undefined }))).toMatchObject({ user: "alice" });
    expect(server.requests).toBe(3);
  });

  it("refuses tokens that none of the keys verified, with a fetch every ten seconds at most", async () => {
    server.keys = [es, rs, await makeKey("es2")];
    const { verify } = verifier();
    for (let token = 0; token < 20; token += 1) {
      aheadMs += 1_000;
      const forged = await signToken(stranger, { token }, { kid: token % 2 ? "es2" : undefined });
      await expect(verify(forged)).rejects.toMatchObject({ code: "unauthenticated" });
    }
    expect(server.requests).toBeLessThanOrEqual(3);
  });

  it("says why it refuses a token that the second key verified", async () => {
    server.keys = await Promise.all([makeKey("a"), makeKey("b")]);
    const second = server.keys[1] as SigningKey;
    const token = await signToken(second, { exp: now() - 31 }, { kid: undefined });
    await expect(verifier().verify(token)).rejects.toMatchObject({ code: "token_expired" });
  });

  it("tries eight keys and no more", async () => {
    server.keys = await Promise.all(Array.from({ length: 9 }, (_, index) => makeKey(`k${index}`)));
    const [eighth, ninth] = server.keys.slice(7) as [SigningKey, SigningKey];
    const { verify } = verifier();
    expect(await verify(await signToken(eighth, {}, { kid: undefined }))).toMatchObject({ user: "alice" });
    const token = await signToken(ninth, {}, { kid: undefined });
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await verify(await signToken(ninth))).toMatchObject({ user: "alice" });
  });
});

describe("the cache of verified tokens", () => {
  it("fetches the keys once for many tokens", async () => {
    const { verify } = verifier();
    const tokens = await Promise.all(["a", "b", "c"].map((sub) => signToken(es, { sub })));
    await Promise.all([...tokens, ...tokens].map((token) => verify(token)));
    expect(server.requests).toBe(1);
  });

  it("returns the same principal without verifying again, and shares a verification in progress", async () => {
    const { verify } = verifier();
    const token = await signToken(rs);
    const [first, second] = await Promise.all([verify(token), verify(token)]);
    expect(second).toBe(first);
    expect(await verify(token)).toBe(first);
  });

  it("evicts the least recently used tokens", async () => {
    const { verify } = verifier(2);
    const tokens = await Promise.all(["a", "b", "c"].map((sub) => signToken(es, { sub })));
    const principals = [];
    for (const token of tokens) principals.push(await verify(token));
    expect(await verify(tokens[2] as string)).toBe(principals[2]);
    expect(await verify(tokens[0] as string)).not.toBe(principals[0]);
  });

  it("never accepts a token after its expiry and the leeway", async () => {
    const { verify } = verifier();
    const token = await signToken(es, { exp: now() + 60 });
    await verify(token);
    aheadMs = 80_000;
    expect(await verify(token)).toMatchObject({ user: "alice" });
    aheadMs = 91_000;
    await expect(verify(token)).rejects.toMatchObject({ code: "token_expired" });
  });
});

describe("the issuer's keys", () => {
  it("are fetched again for an unknown key ID, at most every ten seconds", async () => {
    const { verify } = verifier();
    await verify(await signToken(es));
    const rotated = await makeKey("new");
    const token = await signToken(rotated);
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(server.requests).toBe(1);

    aheadMs = 11_000;
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(server.requests).toBe(2);

    server.keys = [es, rotated];
    aheadMs = 22_000;
    await Promise.all([verify(token), verify(token), verify(await signToken(rotated, { sub: "bob" }))]);
    expect(server.requests).toBe(3);
  });

  it("keep a token of a withdrawn key valid for five minutes at most, even if it is cached", async () => {
    const { verify } = verifier();
    const token = await signToken(es);
    await verify(token);
    server.keys = [rs];
    aheadMs = 4 * MINUTE;
    await verify(token);
    expect(server.requests).toBe(1);
    aheadMs = 5 * MINUTE;
    await refusedSoon(verify, token);
    expect(server.requests).toBe(2);
  });

  it("are fetched before use when they have not been used for a long time", async () => {
    const { verify } = verifier();
    const token = await signToken(es);
    await verify(token);
    server.keys = [rs];
    aheadMs = 11 * MINUTE;
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("remain in use while the issuer is unavailable, for known tokens and new ones", async () => {
    const { verify } = verifier();
    const token = await signToken(es);
    await verify(token);
    server.broken = true;
    aheadMs = 11 * MINUTE;
    expect(await verify(token)).toMatchObject({ user: "alice" });
    expect(await verify(await signToken(rs, { sub: "bob" }))).toMatchObject({ user: "bob" });
    expect(server.requests).toBe(2);
    await expect(verify(await signToken(await makeKey("unknown")))).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("that could never be fetched cause unavailable errors, with one attempt per two seconds", async () => {
    server.broken = true;
    const { verify } = verifier();
    const token = await signToken(es);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(verify(token)).rejects.toMatchObject({ code: "unavailable", dependency: "jwks" });
    }
    expect(server.requests).toBe(1);
    await expect(verify("garbage")).rejects.toMatchObject({ code: "unauthenticated" });
    server.broken = false;
    aheadMs = 2_000;
    expect(await verify(token)).toMatchObject({ user: "alice" });
  });

  it("are not waited for longer than the timeout", async () => {
    server.stalled = true;
    await expect(verifier().verify(await signToken(es))).rejects.toMatchObject({ code: "unavailable" });
  });

  it("that cannot be reached cause unavailable errors", async () => {
    const token = await signToken(es);
    const unreachable = createTokenVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      jwksUrl: "http://127.0.0.1:1/jwks.json",
      logger,
    });
    await expect(unreachable.verify(token)).rejects.toMatchObject({ code: "unavailable" });
  });
});

/** The refusal comes once the keys, read in the background, have changed. */
async function refusedSoon(verify: (token: string) => Promise<unknown>, token: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const refused = await verify(token).then(
      () => false,
      ({ code }) => code === "unauthenticated",
    );
    if (refused) return;
    if (Date.now() > deadline) throw new Error("the token still works");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function unsigned(): string {
  return new UnsecuredJWT({ exp: now() + 60 })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject("alice")
    .encode();
}

function hmacWithPublicKey(): Promise<string> {
  const publicKey = createPublicKey({ key: rs.publicJwk as JsonWebKey, format: "jwk" });
  return new SignJWT({ sub: "alice", iss: ISSUER, aud: AUDIENCE, exp: now() + 60 })
    .setProtectedHeader({ alg: "HS256", kid: "rs" })
    .sign(createSecretKey(Buffer.from(publicKey.export({ type: "spki", format: "pem" }))));
}

function withCriticalHeader(): Promise<string> {
  return new SignJWT({ sub: "alice", iss: ISSUER, aud: AUDIENCE, exp: now() + 60 })
    .setProtectedHeader({ alg: "ES256", kid: "es", crit: ["x"], x: 1 })
    .sign(es.privateKey, { crit: { x: true } });
}

async function tampered(): Promise<string> {
  const [header, , signature] = (await signToken(es)).split(".");
  const [, payload] = (await signToken(es, { sub: "mallory" })).split(".");
  return [header, payload, signature].join(".");
}
