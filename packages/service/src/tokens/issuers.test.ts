import { PassThrough } from "node:stream";
import { logLines } from "@dumbwaiter/dev-env/observe/log-lines";
import { metricValue } from "@dumbwaiter/dev-env/observe/metric-value";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Registry } from "prom-client";
import { type JwksServer, makeKey, signToken, startJwksServer } from "../../testing/test-issuer.ts";
import { es, openVerifierFixture, type VerifierFixture } from "../../testing/verifier-fixture.ts";
import { createDependencyStates } from "../telemetry/dependency-states.ts";
import { createLogger } from "../telemetry/logger.ts";

/** Of the second issuer, under the ID of a key of the first. */
const jobs = await makeKey("es");
const JOBS = "https://jobs.test";
const BOTS = "https://bots.test";
const AUDIENCE = "dumbwaiter-jobs";

let fixture: VerifierFixture;
let server: JwksServer;

beforeEach(async () => {
  [fixture, server] = await Promise.all([openVerifierFixture(), startJwksServer(jobs)]);
});
afterEach(() => Promise.all([fixture.close(), server.close()]));

const additional = (userPrefix: string, issuer = JOBS) => ({
  issuer,
  audience: [AUDIENCE],
  jwksUrl: server.url,
  userPrefix,
});
const verifier = (...prefixes: string[]) =>
  fixture.verifier({
    additionalIssuers: prefixes.map((prefix, index) => additional(prefix, index === 0 ? JOBS : BOTS)),
  });
const jobsToken = (sub: string, claims = {}) => signToken(jobs, { iss: JOBS, aud: AUDIENCE, sub, ...claims });
const refused = { code: "unauthenticated" };

describe("several issuers", () => {
  it("name users of their own: the prefix goes in front of the subject", async () => {
    const { verify } = verifier("k8s:");
    expect(await verify(await signToken(es, { sub: "alice" }))).toMatchObject({ user: "alice" });
    expect(await verify(await jobsToken("alice"))).toMatchObject({ user: "k8s%3Aalice" });
    expect(await verify(await jobsToken("system:serviceaccount:shop:orders"))).toMatchObject({
      user: "k8s%3Asystem%3Aserviceaccount%3Ashop%3Aorders",
    });
    const urn = await jobsToken("urn:sm:user:k8s%3Aalice");
    expect(await verify(urn)).toMatchObject({ user: "k8s%3Aalice" });
  });

  it.each([
    ["the second names a user of the first by its URN", () => jobsToken("urn:sm:user:alice")],
    ["the first names a user of the second by its URN", () => first("urn:sm:user:k8s%3Aalice")],
    ["the first has a subject that begins like the second's prefix", () => first("k8s:alice")],
    ["the subject is empty but for the prefix", () => jobsToken("")],
    ["the second's key signs for the first", () => signToken(jobs)],
    ["the first's key signs for the second", () => signToken(es, { iss: JOBS, aud: AUDIENCE })],
    ["the audience is the first's", () => jobsToken("alice", { aud: "dumbwaiter" })],
    ["the issuer is none of them", () => jobsToken("alice", { iss: "https://other.test" })],
    ["the issuer is a list of both", () => jobsToken("alice", { iss: ["https://issuer.test", JOBS] })],
  ])("is refused when %s", async (_, token) => {
    await expect(verifier("k8s:").verify(await token())).rejects.toMatchObject(refused);
  });

  it("with the same prefix have the same users, because the operator says so", async () => {
    const { verify } = verifier("");
    for (const token of [await signToken(es, { sub: "alice" }), await jobsToken("alice")])
      expect(await verify(token)).toMatchObject({ user: "alice" });
  });

  it("cannot name the users of one whose longer prefix begins like theirs", async () => {
    const { verify } = verifier("job", "jobs/");
    expect(await verify(await jobsToken("7"))).toMatchObject({ user: "job7" });
    await expect(verify(await jobsToken("s/7"))).rejects.toMatchObject(refused);
    const bots = (sub: string) => jobsToken(sub, { iss: BOTS });
    expect(await verify(await bots("7"))).toMatchObject({ user: "jobs%2F7" });
  });

  it("are verified by the keys of their own, while another's are away", async () => {
    server.broken = true;
    const [log, registry] = [new PassThrough(), new Registry()];
    const logger = createLogger({ service: "test", level: "info", stream: log });
    const dependencies = createDependencyStates(registry, logger);
    const { verify } = fixture.verifier({ additionalIssuers: [additional("k8s:")], dependencies });
    await expect(verify(await jobsToken("alice"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await verify(await signToken(es))).toMatchObject({ user: "alice" });
    const up = () => metricValue(registry, "dumbwaiter_dependency_up", { dependency: "jwks" });
    expect(await up()).toBe(0);
    server.broken = false;
    fixture.aheadMs = 3_000;
    expect(await verify(await jobsToken("alice"))).toMatchObject({ user: "k8s%3Aalice" });
    expect(await up()).toBe(1);
    const why = { dependency: "jwks", err: expect.objectContaining({ message: expect.any(String) }) };
    expect(logLines(log)).toEqual([
      expect.objectContaining({ ...why, msg: "dependency unavailable" }),
      expect.objectContaining({ ...why, msg: "dependency recovered", seconds: expect.any(Number) }),
    ]);
  });
});

describe("the claims of a token", () => {
  it.each<[string, string, object]>([
    ["at the top", "preferred_username", { preferred_username: "bob" }],
    ["with a name that is a URL", "https://acme.example/user", { "https://acme.example/user": "bob" }],
    ["within another", "/acme/user", { acme: { user: "bob" } }],
    ["within one with a slash", "/acme.example~1id/user", { "acme.example/id": { user: "bob" } }],
  ])("name the user by one %s", async (_, userClaim, claims) => {
    const { verify } = fixture.verifier({ userClaim });
    expect(await verify(await signToken(es, { ...claims, sub: "alice" }))).toMatchObject({ user: "bob" });
    expect(await verify(await signToken(es, { ...claims, sub: undefined }))).toMatchObject({ user: "bob" });
    await expect(verify(await signToken(es))).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining(userClaim),
    });
  });

  it.each(["constructor", "__proto__", "/constructor/name", "/aud/length"])(
    "are those of the token alone: not %s",
    async (userClaim) => {
      const token = await signToken(es);
      await expect(fixture.verifier({ userClaim }).verify(token)).rejects.toMatchObject(refused);
    },
  );

  it("name the device by another claim, if there is one", async () => {
    const { verify } = fixture.verifier({ deviceClaim: "/acme/device" });
    const acme = { device: "phone-1" };
    expect(await verify(await signToken(es, { acme, device_id: "other" }))).toMatchObject({
      device: "phone-1",
    });
    expect(await verify(await signToken(es, { device_id: "other" }))).not.toHaveProperty("device");
    const wrong = await signToken(es, { acme: { device: "../x" } });
    await expect(verify(wrong)).rejects.toMatchObject(refused);
  });

  it("name one of several audiences", async () => {
    const { verify } = fixture.verifier({ audience: ["web", "mobile"] });
    expect(await verify(await signToken(es, { aud: "mobile" }))).toMatchObject({ user: "alice" });
    expect(await verify(await signToken(es, { aud: ["x", "web"] }))).toMatchObject({ user: "alice" });
    await expect(verify(await signToken(es))).rejects.toMatchObject(refused);
  });
});

function first(sub: string) {
  return signToken(es, { sub });
}
