import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { hadolintPath } from "@dumbwaiter/dev-env/tools/hadolint";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFile(join(ROOT, file), "utf8");

describe("the Dockerfile", () => {
  it("passes hadolint", async () => {
    const { stdout } = await runCommand(await hadolintPath(), ["--no-color", join(ROOT, "Dockerfile")]);
    expect(stdout).toBe("");
  });

  it("starts from the project's Node", async () => {
    const { dependencies } = JSON.parse(await read("package.json"));
    const base = `docker.io/library/node:${dependencies.node}-bookworm-slim`;
    expect(await read("Dockerfile")).toContain(`ARG NODE_BASE=${base}\n`);
  });
});
