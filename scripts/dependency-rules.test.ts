import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");

const BARE = "the bare wire is for what .bare-wire.cjs lists; everything else uses the SDK";

/** A file, what it imports that it should not, and the rule that says so. */
const FORBIDDEN = [
  ["packages/core/src/a.ts", "@dumbwaiter/service", "packages/core: only what the picture allows"],
  ["packages/service/src/a.ts", "@dumbwaiter/dev-env", "packages/service: only what the picture allows"],
  [
    "packages/kubectl-plugin/src/a.ts",
    "@dumbwaiter/gcp",
    "packages/kubectl-plugin: only what the picture allows",
  ],
  ["services/api/src/a.ts", "@dumbwaiter/embedded", "nothing imports the embedded process but its settings"],
  ["services/api/src/b.ts", "@dumbwaiter/gcp", "only wiring chooses adapters"],
  ["services/api/src/c.ts", "@dumbwaiter/service/testing", "source imports no test code"],
  [
    "services/api/src/d.ts",
    "../../../packages/core/src/index.ts",
    "rooms import each other by the package's name, so by what it exports",
  ],
  ["services/api/src/e.ts", "./f.ts", "no circle"],
  ["services/api/src/f.ts", "./e.ts", "no circle"],
  [
    "services/api/src/a.test.ts",
    "@dumbwaiter/realtime",
    "services/api: tests import what their source may, and what tests are made of",
  ],
  ["infra/cdk8s/src/a.ts", "@dumbwaiter/kubernetes", "infra/cdk8s: only what the picture allows"],
  ["infra/cdk8s/src/b.ts", "@dumbwaiter/gcp", "infra imports only plain data of the adapters"],
  ["packages/dev-env/src/a.ts", "../../../scripts/demo.ts", "packages/dev-env: only what the picture allows"],
  ["bench/a.ts", "../scripts/demo.ts", "bench: only what the picture allows"],
  ["scripts/a.ts", "../tests/a.test.ts", "scripts: only what the picture allows"],
  ["scripts/verify.ts", "@dumbwaiter/dev-env", "no image holds dev-env or test code"],
  ["tests/b.test.ts", "../scripts/demo.ts", "tests: only what the picture allows"],
  ["tests/c.test.ts", "@dumbwaiter/wire-user/bare", BARE],
  ["bench/b.ts", "socket.io-client", BARE],
  ["packages/unknown/src/a.ts", "@dumbwaiter/core", "every room is in the picture"],
] as const;

const ALLOWED = [
  ["services/api/src/main.ts", "@dumbwaiter/gcp"],
  ["services/api/src/b.test.ts", "@dumbwaiter/dev-env"],
  ["services/embedded/src/main.ts", "@dumbwaiter/api"],
  ["scripts/demo.ts", "@dumbwaiter/dev-env"],
  ["tests/a.test.ts", "@dumbwaiter/core"],
  ["tests/stack/story.system.test.ts", "@dumbwaiter/wire-user/bare"],
] as const;

const PACKAGES = {
  core: "packages/core",
  service: "packages/service",
  gcp: "packages/gcp",
  kubernetes: "packages/kubernetes",
  "dev-env": "packages/dev-env",
  "wire-user": "packages/wire-user",
  api: "services/api",
  realtime: "services/realtime",
  embedded: "services/embedded",
};

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

let tree: string;
let violations: readonly Violation[];

/** A tree with our rooms, in which each file has the one import that it is named with. */
beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "dumbwaiter-rules-"));
  const write = async (file: string, text: string) => {
    await mkdir(dirname(join(tree, file)), { recursive: true });
    await writeFile(join(tree, file), text);
  };
  const rooms = ["packages/*", "services/*", "infra/*"];
  await write("package.json", JSON.stringify({ name: "tree", type: "module", workspaces: rooms }));
  await mkdir(join(tree, "node_modules/@dumbwaiter"), { recursive: true });
  for (const [name, folder] of Object.entries(PACKAGES)) {
    const exports = {
      ".": "./src/index.ts",
      "./bare": "./src/bare-user.ts",
      "./testing": "./testing/index.ts",
    };
    await write(`${folder}/package.json`, JSON.stringify({ name: `@dumbwaiter/${name}`, exports }));
    await write(`${folder}/src/index.ts`, "export {};\n");
    await write(`${folder}/src/bare-user.ts`, "export {};\n");
    await write(`${folder}/testing/index.ts`, "export {};\n");
    await symlink(join(tree, folder), join(tree, "node_modules/@dumbwaiter", name));
  }
  for (const [file, imported] of [...FORBIDDEN, ...ALLOWED]) await write(file, `import "${imported}";\n`);
  const args = ["--config", join(ROOT, ".dependency-cruiser.cjs"), "--output-type", "json"];
  violations = await cruise([...args, "packages", "services", "infra", "tests", "bench", "scripts"]);
});
afterAll(() => rm(tree, { recursive: true }));

function cruise(args: readonly string[]): Promise<readonly Violation[]> {
  return new Promise((resolve, reject) => {
    // It ends with the number of violations.
    execFile(join(ROOT, "node_modules/.bin/depcruise"), args, { cwd: tree }, (_, stdout, stderr) => {
      if (stdout === "") reject(new Error(stderr));
      else resolve(JSON.parse(stdout).summary.violations);
    });
  });
}

it.each(FORBIDDEN)("%s may not import %s", (file, _imported, rule) => {
  const rules = violations.filter(({ from, to }) => [from, to].includes(file)).map(({ rule }) => rule.name);
  expect(rules).toContain(rule);
});

it.each(ALLOWED)("%s may import %s", (file, _imported) => {
  expect(violations.filter(({ from }) => from === file)).toEqual([]);
});
