import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skaffold } from "@dumbwaiter/dev-env/skaffold/skaffold";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";

const DIST = join(import.meta.dirname, "../../infra/cdk8s/dist");

const PROFILES = [
  { profile: "dev", environment: "dev" },
  { profile: "gke", environment: "gke-staging" },
  { profile: "gke-production", environment: "gke-production" },
];

const objectsIn = (yaml: string): unknown[] =>
  parseAllDocuments(yaml)
    .map((document) => document.toJS())
    .filter(Boolean);

async function synthesised(environment: string): Promise<unknown[]> {
  const folder = join(DIST, environment);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return texts.flatMap(objectsIn);
}

/** The same with every image's tag left out. */
function untagged(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, part) =>
    key === "image" && typeof part === "string" ? part.replace(/(:[^:/]+)?(@sha256:\w+)?$/, "") : part,
  );
}

const byName = (objects: unknown[]) =>
  Object.fromEntries(
    (objects as { kind: string; metadata: { name: string } }[]).map((object) => [
      `${object.kind} ${object.metadata.name}`,
      object,
    ]),
  );

describe("skaffold.yaml", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "dumbwaiter-render-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(["", ...PROFILES.map(({ profile }) => profile)])(
    "is valid with the profile '%s'",
    async (profile) => {
      const { stdout } = await skaffold(["diagnose", "--yaml-only", ...(profile ? ["-p", profile] : [])]);
      expect(stdout).toContain("apiVersion: skaffold/v4beta13");
      expect(stdout).toContain("useBuildkit: true");
      expect(stdout.includes("target: dev")).toBe(profile === "dev");
      expect(stdout.includes("verify:")).toBe(!profile.startsWith("gke"));
    },
  );

  it.each(PROFILES)("renders what `npm run synth` wrote, with $profile", async ({ profile, environment }) => {
    const file = join(folder, `${profile}.yaml`);
    const args = ["-p", profile, "--offline=true", "--digest-source=none", "--output", file];
    await skaffold(["render", ...args]);
    const [rendered, made] = [objectsIn(await readFile(file, "utf8")), await synthesised(environment)];
    expect(rendered).toHaveLength(made.length);
    expect(untagged(byName(rendered))).toEqual(untagged(byName(made)));
  });
});
