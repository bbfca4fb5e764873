import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freePort } from "@dumbwaiter/dev-env/servers";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { newEnvelope, WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { blocksOf } from "./blocks-of.ts";
import { ExampleProcess } from "./example-process.ts";

const { runtimePackages } = createRequire(import.meta.url)("../../scripts/install/installed-packages.cjs");

const MINUTES = 60_000;

/** As on a newcomer's machine: without this clone's programs. */
const PATH = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => !folder.startsWith(ROOT))
  .join(delimiter);
/** What npm has fetched before it does not fetch again, so that the registry is not asked for everything each time. */
const ENV = {
  PATH,
  SUITE: "",
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
};

let folder: string;
let clone: string;
let url: string;
let started: ExampleProcess;
const programs: ExampleProcess[] = [];

/** The files that Git has, or would add. */
async function copyClone(): Promise<void> {
  const { stdout } = await runCommand("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: ROOT });
  for (const path of stdout.split("\0").filter((each) => each && existsSync(join(ROOT, each)))) {
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    cpSync(join(ROOT, path), join(clone, path));
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "dumbwaiter-cold-"));
  clone = join(folder, "clone");
  await copyClone();
  const [port, adminPort] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${port}`;
  const env = { ...ENV, PORT: String(port), ADMIN_PORT: String(adminPort) };
  started = new ExampleProcess({ command: "npm", args: ["start"], cwd: clone, env });
}, 2 * MINUTES);
afterAll(async () => {
  for (const program of programs) await program.kill();
  await started?.kill("SIGTERM"); // npm passes it on
  rmSync(folder, { recursive: true, force: true });
});

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const report = (line: string) => process.stdout.write(`${line}\n`);

/** Runs the README's program there until it has received a message. */
async function receiveAsReadme(cwd: string): Promise<void> {
  const bob = new WireUser("bob", { api: url, realtime: url, issuer: url });
  const id = await new WireUser("alice", bob.endpoints).send(bob, newEnvelope(bob));
  writeFileSync(join(cwd, "bob.mjs"), blocksOf("README.md", "js", url)[0] as string);
  const program = new ExampleProcess({ command: process.execPath, args: ["bob.mjs"], cwd });
  programs.push(program);
  await program.line(`received ${id}`);
  await eventually(async () => expect((await bob.pull()).messages).toEqual([]));
  await program.kill();
}

it(
  "npm start in a cold clone installs only what it runs on, and says where it is",
  async () => {
    const startedAt = performance.now();
    const isServing = async () => expect((await fetch(`${url}/.well-known/jwks.json`)).ok).toBe(true);
    await eventually(isServing, 5 * MINUTES);
    report(`npm start served after ${seconds(startedAt)}`);
    expect(started.output).toMatch(/Installing the \d+ packages that Dumbwaiter runs on/);
    expect(started.output).toMatch(/\d+ s: \d+ of \d+ packages/);

    const read = (path: string) => JSON.parse(readFileSync(join(clone, path), "utf8")).packages;
    const wanted = Object.entries(
      runtimePackages(read("package-lock.json")) as Record<string, { optional?: boolean }>,
    )
      .filter(([path, { optional }]) => path.includes("node_modules/") && !optional)
      .map(([path]) => path);
    expect(Object.keys(read("node_modules/.package-lock.json"))).toEqual(expect.arrayContaining(wanted));
    for (const tool of ["jest", "tsc", "biome", "depcruise", "esbuild"]) {
      expect(existsSync(join(clone, "node_modules/.bin", tool))).toBe(false);
    }
    await receiveAsReadme(clone);
  },
  8 * MINUTES,
);

it(
  "all other commands install the rest, beside the process that runs",
  async () => {
    const command = ["-s", "test", "--", "--listTests"];
    const { stdout } = await runCommand("npm", command, { cwd: clone, env: ENV, timeoutMs: 5 * MINUTES });
    expect(stdout).toContain("to develop and test");
    expect(stdout).toContain("/tests/guarantees/1-durable.test.ts");
    expect((await fetch(`${url}/docs`)).status).toBe(200);
    await receiveAsReadme(clone);
  },
  8 * MINUTES,
);

it(
  "a newcomer with the packed SDK in an empty folder receives a message",
  async () => {
    const pack = ["pack", "--json", "--pack-destination", folder];
    const { stdout } = await runCommand("npm", pack, { cwd: join(clone, "packages/client"), env: ENV });
    const [{ filename }] = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
    const project = join(folder, "project");
    mkdirSync(project);
    const startedAt = performance.now();
    await runCommand("npm", ["install", join(folder, filename)], { cwd: project, env: ENV });
    const installed = seconds(startedAt);
    await receiveAsReadme(project);
    report(`a newcomer received a message after ${seconds(startedAt)}, of which npm took ${installed}`);
  },
  8 * MINUTES,
);
