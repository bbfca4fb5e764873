import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { IMAGE_PROGRAMS } from "@dumbwaiter/bundler";
import { goTool } from "@dumbwaiter/dev-env/tools/go-tool";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { VERSION } from "@dumbwaiter/infra";
import { beforeAll, describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const NAMES = IMAGE_PROGRAMS.map(({ name }) => name);

interface Plan {
  readonly target: Readonly<Record<string, object>>;
}

/** What `docker buildx bake` would build. It plans without a daemon. */
async function planOf(targets: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Plan> {
  const buildx = await goTool("buildx", "github.com/docker/buildx/cmd/buildx", "v0.33.0");
  const { stdout } = await runCommand(buildx, ["bake", "--print", ...targets], { cwd: ROOT, env });
  return JSON.parse(stdout);
}

describe("docker-bake.hcl", () => {
  let node: string;
  beforeAll(async () => {
    const { dependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    node = `docker.io/library/node:${dependencies.node}-bookworm-slim`;
  });

  it("builds an attested image of each program for two platforms", async () => {
    const { target } = await planOf([]);
    expect(Object.keys(target).sort()).toEqual([...NAMES].sort());
    for (const name of NAMES) {
      expect(target[name]).toMatchObject({
        dockerfile: "Dockerfile",
        target: "runtime",
        args: { SERVICE: name, NODE_BASE: node, VERSION },
        tags: [`dumbwaiter-${name}:${VERSION}`],
        platforms: ["linux/amd64", "linux/arm64"],
        attest: [{ type: "provenance", mode: "max" }, { type: "sbom" }],
      });
    }
  });

  it("takes registry, version and revision from the environment", async () => {
    const env = {
      REGISTRY: "registry.example/acme",
      VERSION: "1.2.3",
      REVISION: "abc",
      PLATFORMS: "linux/arm64",
    };
    const { target } = await planOf(["operator"], env);
    expect(target).toEqual({
      operator: expect.objectContaining({
        args: expect.objectContaining({ VERSION: "1.2.3", REVISION: "abc" }),
        tags: ["registry.example/acme/dumbwaiter-operator:1.2.3"],
        platforms: ["linux/arm64"],
      }),
    });
  });

  it("builds the development images for `dev`", async () => {
    const { target } = await planOf(["dev"]);
    expect(Object.keys(target).sort()).toEqual(NAMES.map((name) => `${name}-dev`).sort());
    expect(target["api-dev"]).toMatchObject({ target: "dev", tags: [`dumbwaiter-api:${VERSION}-dev`] });
  });
});
