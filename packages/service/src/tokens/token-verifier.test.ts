import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";
import { PassThrough } from "node:stream";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  generateSecret,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { AUDIENCE, type Claims, ISSUER, signToken } from "../../testing/test-issuer.ts";
import {
  es,
  keys,
  openVerifierFixture,
  rs,
  stranger,
  type VerifierFixture,
} from "../../testing/verifier-fixture.ts";
import { createLogger } from "../telemetry/logger.ts";

const now = () => Math.floor(Date.now() / 1000);
const claims = () => ({ sub: "alice", iss: ISSUER, aud: AUDIENCE, exp: now() + 60 });

let fixture: VerifierFixture;

beforeEach(async () => {
  fixture = await openVerifierFixture();
});
afterEach(() => fixture.close());

describe("createTokenVerifier", () => {
  it.each(keys)("accepts a token signed with $alg", async (key) => {
    const exp = now() + 60;
    expect(await fixture.verifier().verify(await signToken(key, { exp }))).toEqual({
      user: "alice",
      expiresAt: exp * 1000,
    });
  });

  it.each<[string, Claims, object]>([
    ["a bare subject", { sub: "bob@example.org" }, { user: "bob@example.org" }],
    ["a subject that is encoded", { sub: "auth0|7" }, { user: "auth0%7C7" }],
    ["the URN of such a user", { sub: "urn:sm:user:auth0%7C7" }, { user: "auth0%7C7" }],
    ["a device", { device_id: "phone-1" }, { user: "alice", device: "phone-1" }],
    ["one audience of several", { aud: ["other", AUDIENCE] }, { user: "alice" }],
    ["an expiry within the leeway", { exp: now() - 10 }, { user: "alice" }],
    ["times ahead within the leeway", { iat: now() + 10, nbf: now() + 10 }, { user: "alice" }],
    ["no iat", { iat: undefined }, { user: "alice" }],
  ])("accepts %s", async (_, claims, principal) => {
    expect(await fixture.verifier().verify(await signToken(es, claims))).toMatchObject(principal);
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
    ["a sub that is empty", { sub: "" }],
    ["a sub that is a number", { sub: 7 }],
    ["a sub that is not a user", { sub: "urn:sm:user:.." }],
    ["a sub that is not in canonical form", { sub: "urn:sm:user:auth0%7c7" }],
    ["a sub that is too long", { sub: "|".repeat(86) }],
    ["a sub that was not UTF-8", { sub: "a\uFFFD" }],
    ["a sub of another kind", { sub: "urn:sm:group:x" }],
    ["an invalid device_id", { device_id: "../x" }],
    ["a device_id that is not a string", { device_id: 7 }],
    ["a null device_id", { device_id: null }],
  ])("refuses a token with %s", async (_, claims) => {
    const token = await signToken(es, claims);
    await expect(fixture.verifier().verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("refuses an expired token with its own code", async () => {
    const token = await signToken(es, { exp: now() - 31 });
    await expect(fixture.verifier().verify(token)).rejects.toMatchObject({ code: "token_expired" });
  });

  it.each([
    ["exp", "until 30 s after it", 29_999, 30_000, "token_expired"],
    ["nbf", "from 30 s before it", -30_000, -30_001, "unauthenticated"],
    ["iat", "from 30 s before it", -30_000, -30_001, "unauthenticated"],
  ])("accepts a token by its %s %s, to the second", async (claim, _, accepted, refused, code) => {
    const at = now();
    const token = await signToken(es, { exp: at + 3600, iat: undefined, [claim]: at });
    const verifyAt = (ms: number) => fixture.verifier({ clock: { now: () => at * 1000 + ms } }).verify(token);
    expect(await verifyAt(accepted)).toMatchObject({ user: "alice" });
    await expect(verifyAt(refused)).rejects.toMatchObject({ code });
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
    await expect(fixture.verifier().verify(await token())).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it.each(["RS384", "RS512", "PS256", "PS384", "PS512", "ES384", "ES512", "Ed25519"])(
    "refuses %s, even if a published key that names no algorithm fits it",
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      publish(await exportJWK(publicKey));
      await expect(fixture.verifier().verify(await signedBy(privateKey, alg))).rejects.toMatchObject({
        code: "unauthenticated",
      });
    },
  );

  it.each(["HS256", "HS384", "HS512"])("refuses %s, even if its secret is published", async (alg) => {
    const secret = await generateSecret(alg, { extractable: true });
    publish(await exportJWK(secret));
    await expect(fixture.verifier().verify(await signedBy(secret, alg))).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });

  it("accepts a key that names no algorithm", async () => {
    const { alg: _, ...anyAlgorithm } = rs.publicJwk;
    publish(anyAlgorithm);
    const token = await signedBy(createPrivateKey(rs.privatePem), "RS256");
    expect(await fixture.verifier().verify(token)).toMatchObject({ user: "alice" });
  });

  it("logs an unexpected failure to verify, but no token that is merely invalid", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    publish(publicKey.export({ format: "jwk" }) as JWK);
    const stream = new PassThrough();
    const { verify } = fixture.verifier({ logger: createLogger({ service: "api", level: "info", stream }) });
    for (const token of ["garbage", signedWithShortKey(privateKey)]) {
      await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    }
    expect(logLines(stream)).toEqual([
      expect.objectContaining({
        level: "warn",
        msg: "failed to verify a token",
        reason: expect.stringContaining("2048 bits"),
      }),
    ]);
  });
});

describe("the cache of verified tokens", () => {
  it("fetches the keys once for many tokens", async () => {
    const { verify } = fixture.verifier();
    const tokens = await Promise.all(["a", "b", "c"].map((sub) => signToken(es, { sub })));
    await Promise.all([...tokens, ...tokens].map((token) => verify(token)));
    expect(fixture.server.requests).toBe(1);
  });

  it("returns the same principal without verifying again, and shares a verification in progress", async () => {
    const { verify } = fixture.verifier();
    const token = await signToken(rs);
    const [first, second] = await Promise.all([verify(token), verify(token)]);
    expect(second).toBe(first);
    expect(await verify(token)).toBe(first);
  });

  it("evicts the least recently used tokens", async () => {
    const { verify } = fixture.verifier({ cacheSize: 2 });
    const tokens = await Promise.all(["a", "b", "c"].map((sub) => signToken(es, { sub })));
    const principals = [];
    for (const token of tokens) principals.push(await verify(token));
    expect(await verify(tokens[2] as string)).toBe(principals[2]);
    expect(await verify(tokens[0] as string)).not.toBe(principals[0]);
  });

  it("never accepts a token after its expiry and the leeway", async () => {
    const { verify } = fixture.verifier();
    const token = await signToken(es, { exp: now() + 60 });
    await verify(token);
    fixture.aheadMs = 80_000;
    expect(await verify(token)).toMatchObject({ user: "alice" });
    fixture.aheadMs = 91_000;
    await expect(verify(token)).rejects.toMatchObject({ code: "token_expired" });
  });
});

/** Under the ID `any`, without an algorithm. */
function publish(jwk: JWK): void {
  const { alg: _, ...rest } = jwk;
  fixture.server.keys = [{ ...rs, publicJwk: { ...rest, kid: "any" } }];
}

function signedBy(key: CryptoKey | KeyObject | Uint8Array, alg: string): Promise<string> {
  return new SignJWT(claims()).setProtectedHeader({ alg, kid: "any" }).sign(key);
}

/** By RS256 without jose, which refuses keys of under 2,048 bits. */
function signedWithShortKey(key: KeyObject): string {
  const content = [{ alg: "RS256" }, claims()]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${content}.${sign("sha256", Buffer.from(content), key).toString("base64url")}`;
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
  return new SignJWT(claims())
    .setProtectedHeader({ alg: "HS256", kid: "rs" })
    .sign(createSecretKey(Buffer.from(publicKey.export({ type: "spki", format: "pem" }))));
}

function withCriticalHeader(): Promise<string> {
  return new SignJWT(claims())
    .setProtectedHeader({ alg: "ES256", kid: "es", crit: ["x"], x: 1 })
    .sign(es.privateKey, { crit: { x: true } });
}

async function tampered(): Promise<string> {
  const [header, , signature] = (await signToken(es)).split(".");
  const [, payload] = (await signToken(es, { sub: "mallory" })).split(".");
  return [header, payload, signature].join(".");
}
