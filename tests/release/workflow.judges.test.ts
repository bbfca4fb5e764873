import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { goTool } from "@dumbwaiter/dev-env/tools/go-tool";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const WORKFLOW = join(ROOT, ".github/workflows/release.yaml");

const actionlint = () => goTool("actionlint", "github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12");

it("the workflow that releases passes actionlint", async () => {
  const { stdout } = await runCommand(await actionlint(), ["-no-color", WORKFLOW]);
  expect(stdout).toBe("");
});

it("actionlint would say what is wrong with it", async () => {
  const wrong = (await readFile(WORKFLOW, "utf8")).replace("github.repository }}", "github.repositroy }}");
  await expect(runCommand(await actionlint(), ["-no-color", "-"], { stdin: wrong })).rejects.toThrow(
    /repositroy/,
  );
});

it("uses actions by commit", async () => {
  const used = (await readFile(WORKFLOW, "utf8")).match(/uses: .*/g);
  expect(used).toHaveLength(3);
  for (const line of used ?? []) expect(line).toMatch(/@[0-9a-f]{40} # v\d/);
});

it("calls npm run release, attaches all of its folder, and makes no part of a release itself", async () => {
  const workflow = await readFile(WORKFLOW, "utf8");
  expect(workflow).toContain('npm run release -- --to release --to "$REGISTRY" --sign keyless');
  expect(workflow).toMatch(/gh release create .* release\/\*$/m);
  expect(workflow).not.toMatch(/docker (build|buildx)|helm |cosign |tar /);
});
