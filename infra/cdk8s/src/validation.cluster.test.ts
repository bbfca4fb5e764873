import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  CommandError,
  kubeconformPath,
  kubeScorePath,
  runCommand,
  sharedCluster,
} from "@dumbwaiter/dev-env/cluster";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ENVIRONMENTS } from "../environments/index.ts";
import { apiServerSchemas } from "../testing/api-server-schemas.ts";
import { crdSchemas } from "../testing/crd-schemas.ts";
import { manifestsOf, objectsIn } from "../testing/dist.ts";
import { EVERYWHERE, IN_DEVELOPMENT, ON_GKE, WITHOUT_CPU_LIMIT } from "../testing/kube-score-exceptions.ts";

/** A command's standard output, whatever its exit code. */
async function outputOf(command: string, args: readonly string[], stdin?: string): Promise<string> {
  const running = runCommand(command, args, stdin === undefined ? {} : { stdin });
  const { stdout, stderr } = await running.catch((error) => {
    if (error instanceof CommandError) return error.result;
    throw error;
  });
  if (stdout === "") throw new Error(stderr);
  return stdout;
}

describe("kubeconform", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "schemas-"));
    const cluster = await sharedCluster();
    const { body } = await cluster.request("/openapi/v2");
    const schemas = [...apiServerSchemas(body), ...crdSchemas()];
    for (const [name, schema] of schemas) {
      const file = join(folder, `${name.toLowerCase()}.json`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(schema));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function check(paths: readonly string[], stdin?: string) {
    const location = join(
      folder,
      "{{ if ne .Group .ResourceAPIVersion }}{{ .Group }}/{{ end }}{{ .ResourceAPIVersion }}/{{ .ResourceKind }}.json",
    );
    const args = ["-strict", "-summary", "-output", "json", "-schema-location", location, ...paths];
    const { resources = [], summary } = JSON.parse(await outputOf(await kubeconformPath(), args, stdin));
    return { resources, summary };
  }

  it.each(ENVIRONMENTS)("finds nothing wrong with dist/$id", async ({ id }) => {
    const objects = manifestsOf(id).flatMap(objectsIn);
    expect(await check(manifestsOf(id))).toEqual({
      resources: [],
      summary: { valid: objects.length, invalid: 0, errors: 0, skipped: 0 },
    });
  });

  it("finds an unknown field and a value of another type", async () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "a" } };
    const wrong = [{ ports: [{ port: "http" }] }, { port: [] }].map((spec) =>
      JSON.stringify({ ...service, spec }),
    );
    const { summary } = await check(["-"], wrong.join("\n---\n"));
    expect(summary).toEqual({ valid: 0, invalid: 2, errors: 0, skipped: 0 });
  });
});

describe("kube-score", () => {
  /** Its optional checks that we mean to pass. */
  const OPTIONAL = [
    "container-memory-requests-equal-limits",
    "container-seccomp-profile",
    "container-ports-check",
  ];

  it.each(ENVIRONMENTS)("finds the known exceptions in dist/$id and nothing else", async ({ id }) => {
    const optional = OPTIONAL.flatMap((name) => ["--enable-optional-test", name]);
    const args = ["score", "-o", "json", "--kubernetes-version", "v1.33", WITHOUT_CPU_LIMIT, ...optional];
    const scored = JSON.parse(
      await outputOf(await kubeScorePath(), [...args, ...manifestsOf(id)]),
    ) as Scored[];
    expect(scored.length).toBeGreaterThan(10);
    const found = scored.flatMap(({ checks }) =>
      checks.filter(({ grade, skipped }) => !skipped && grade < ALL_WELL),
    );
    const excepted = { ...EVERYWHERE, ...(id === "dev" ? IN_DEVELOPMENT : ON_GKE) };
    expect([...new Set(found.map(({ check }) => check.id))].sort()).toEqual(Object.keys(excepted).sort());
  });
});

const ALL_WELL = 10;

interface Scored {
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}
