import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { makeKey, type SigningKey, signToken } from "../../testing/test-issuer.ts";
import {
  es,
  keys,
  openVerifierFixture,
  rs,
  stranger,
  type VerifierFixture,
} from "../../testing/verifier-fixture.ts";

const MINUTE = 60_000;
const now = () => Math.floor(Date.now() / 1000);

let fixture: VerifierFixture;

beforeEach(async () => {
  fixture = await openVerifierFixture();
});
afterEach(() => fixture.close());

describe("while the issuer rotates its keys", () => {
  it.each(["ES256", "EdDSA", "RS256"] as const)("accepts %s tokens without kid of two keys", async (alg) => {
    const rotating = await Promise.all([makeKey("old", alg), makeKey("new", alg)]);
    fixture.server.keys = [...keys, ...rotating];
    const { verify } = fixture.verifier();
    for (const key of rotating) {
      expect(await verify(await signToken(key, {}, { kid: undefined }))).toMatchObject({ user: "alice" });
    }
    expect(fixture.server.requests).toBe(1);
  });

  it("accepts tokens of two keys with one kid", async () => {
    const rotating = await Promise.all([makeKey("same"), makeKey("same")]);
    fixture.server.keys = rotating;
    const { verify } = fixture.verifier();
    for (const key of rotating) expect(await verify(await signToken(key))).toMatchObject({ user: "alice" });
  });

  it("accepts a token of a key that replaced another under its kid, or without one", async () => {
    fixture.server.keys = [es];
    const { verify } = fixture.verifier();
    await verify(await signToken(es));
    fixture.server.keys = [stranger];
    fixture.aheadMs = 11_000;
    expect(await verify(await signToken(stranger))).toMatchObject({ user: "alice" });
    fixture.server.keys = [es];
    fixture.aheadMs = 22_000;
    expect(await verify(await signToken(es, {}, { kid: undefined }))).toMatchObject({ user: "alice" });
    expect(fixture.server.requests).toBe(3);
  });

  it("refuses tokens that none of the keys verified, with a fetch every ten seconds at most", async () => {
    fixture.server.keys = [es, rs, await makeKey("es2")];
    const { verify } = fixture.verifier();
    for (let token = 0; token < 20; token += 1) {
      fixture.aheadMs += 1_000;
      const forged = await signToken(stranger, { token }, { kid: token % 2 ? "es2" : undefined });
      await expect(verify(forged)).rejects.toMatchObject({ code: "unauthenticated" });
    }
    expect(fixture.server.requests).toBeLessThanOrEqual(3);
  });

  it("says why it refuses a token that the second key verified", async () => {
    fixture.server.keys = await Promise.all([makeKey("a"), makeKey("b")]);
    const second = fixture.server.keys[1] as SigningKey;
    const token = await signToken(second, { exp: now() - 31 }, { kid: undefined });
    await expect(fixture.verifier().verify(token)).rejects.toMatchObject({ code: "token_expired" });
  });

  it("tries eight keys and no more", async () => {
    fixture.server.keys = await Promise.all(Array.from({ length: 9 }, (_, index) => makeKey(`k${index}`)));
    const [eighth, ninth] = fixture.server.keys.slice(7) as [SigningKey, SigningKey];
    const { verify } = fixture.verifier();
    expect(await verify(await signToken(eighth, {}, { kid: undefined }))).toMatchObject({ user: "alice" });
    const token = await signToken(ninth, {}, { kid: undefined });
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await verify(await signToken(ninth))).toMatchObject({ user: "alice" });
  });
});

describe("the issuer's keys", () => {
  it("are fetched again for an unknown key ID, at most every ten seconds", async () => {
    const { verify } = fixture.verifier();
    await verify(await signToken(es));
    const rotated = await makeKey("new");
    const token = await signToken(rotated);
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(fixture.server.requests).toBe(1);

    fixture.aheadMs = 11_000;
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(fixture.server.requests).toBe(2);

    fixture.server.keys = [es, rotated];
    fixture.aheadMs = 22_000;
    await Promise.all([verify(token), verify(token), verify(await signToken(rotated, { sub: "bob" }))]);
    expect(fixture.server.requests).toBe(3);
  });

  it("keep a token of a withdrawn key valid for five minutes at most, even if it is cached", async () => {
    const { verify } = fixture.verifier();
    const token = await signToken(es);
    await verify(token);
    fixture.server.keys = [rs];
    fixture.aheadMs = 4 * MINUTE;
    await verify(token);
    expect(fixture.server.requests).toBe(1);
    fixture.aheadMs = 5 * MINUTE;
    await refusedSoon(verify, token);
    expect(fixture.server.requests).toBe(2);
  });

  it("are fetched before use when they have not been used for a long time", async () => {
    const { verify } = fixture.verifier();
    const token = await signToken(es);
    await verify(token);
    fixture.server.keys = [rs];
    fixture.aheadMs = 11 * MINUTE;
    await expect(verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("remain in use while the issuer is unavailable, for known tokens and new ones", async () => {
    const { verify } = fixture.verifier();
    const token = await signToken(es);
    await verify(token);
    fixture.server.broken = true;
    fixture.aheadMs = 11 * MINUTE;
    expect(await verify(token)).toMatchObject({ user: "alice" });
    expect(await verify(await signToken(rs, { sub: "bob" }))).toMatchObject({ user: "bob" });
    expect(fixture.server.requests).toBe(2);
    await expect(verify(await signToken(await makeKey("unknown")))).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("that could never be fetched cause unavailable errors, with one attempt per two seconds", async () => {
    fixture.server.broken = true;
    const { verify } = fixture.verifier();
    const token = await signToken(es);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(verify(token)).rejects.toMatchObject({ code: "unavailable", dependency: "jwks" });
    }
    expect(fixture.server.requests).toBe(1);
    await expect(verify("garbage")).rejects.toMatchObject({ code: "unauthenticated" });
    fixture.server.broken = false;
    fixture.aheadMs = 2_000;
    expect(await verify(token)).toMatchObject({ user: "alice" });
  });

  it("are not waited for longer than the timeout", async () => {
    fixture.server.stalled = true;
    await expect(fixture.verifier().verify(await signToken(es))).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("that cannot be reached cause unavailable errors", async () => {
    const token = await signToken(es);
    const unreachable = fixture.verifier({ jwksUrl: "http://127.0.0.1:1/jwks.json" });
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
