import { join } from "node:path";
import { trivyPath } from "@dumbwaiter/dev-env/tools/validation-tools";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { ENVIRONMENTS } from "../environments/index.ts";
import { DIST } from "../testing/dist.ts";
import { trivyFindings } from "../testing/judges.ts";
import { IN_DEVELOPMENT, OF_THE_CHART, ON_GKE } from "../testing/trivy-exceptions.ts";
import { INSTALL_YAML } from "./helm-chart/install-yaml.ts";

/** Once, on a busy machine. */
const COMPILING_MS = 3_600_000;

describe("trivy config", () => {
  beforeAll(trivyPath, COMPILING_MS);

  it.each(ENVIRONMENTS)("finds the known exceptions in dist/$id and nothing else", async ({ id }) => {
    const excepted = id === "dev" ? IN_DEVELOPMENT : ON_GKE;
    expect(await trivyFindings(join(DIST, id))).toEqual(Object.keys(excepted).sort());
  });

  it("finds the known exceptions in install.yaml and nothing else", async () => {
    expect(await trivyFindings(INSTALL_YAML)).toEqual(Object.keys(OF_THE_CHART).sort());
  });
});
