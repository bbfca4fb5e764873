import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { kubeconformPath, sharedCluster } from "@dumbwaiter/dev-env/cluster";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ENVIRONMENTS } from "../environments/index.ts";
import { apiServerSchemas } from "../testing/api-server-schemas.ts";
import { crdSchemas } from "../testing/crd-schemas.ts";
import { manifestsOf, objectsIn } from "../testing/dist.ts";
import { kubeScoreFindings, outputOf } from "../testing/judges.ts";
import { EVERYWHERE, IN_DEVELOPMENT, ON_GKE } from "../testing/kube-score-exceptions.ts";
import { INSTALL_YAML } from "./helm-chart/install-yaml.ts";

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

  it("finds nothing wrong with install.yaml, which is what the chart renders", async () => {
    const objects = objectsIn(INSTALL_YAML);
    expect(await check([INSTALL_YAML])).toEqual({
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
  it.each(ENVIRONMENTS)("finds the known exceptions in dist/$id and nothing else", async ({ id }) => {
    const excepted = { ...EVERYWHERE, ...(id === "dev" ? IN_DEVELOPMENT : ON_GKE) };
    expect(await kubeScoreFindings(manifestsOf(id))).toEqual(Object.keys(excepted).sort());
  });
});
