import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newAccessKey } from "@dumbwaiter/client";
import { eventually } from "@dumbwaiter/core/contracts/eventually";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { go } from "@dumbwaiter/dev-env/tools/go-command";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { v7 } from "uuid";
import { javaArchives, npmPrograms, pythonPrograms } from "./client-tools.ts";
import { laterVersionOf } from "./later-version.ts";

const STORIES = join(import.meta.dirname, "stories");
const NO_EXTRAS = "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false";

let embedded: EmbeddedProcess;
let later: Awaited<ReturnType<typeof laterVersionOf>>;
let folder: string;
let document: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "clients-"));
  embedded = await startEmbedded();
  later = await laterVersionOf(embedded.api);
  document = join(folder, "openapi.json");
  await writeFile(document, await (await fetch(`${embedded.api}/openapi.json`)).text());
});
afterAll(async () => {
  await embedded?.stop();
  await later?.close();
  await rm(folder, { recursive: true });
});

/**
 * Tells the story to this api and to a later version, which adds fields. The program acknowledges its message, sends it
 * again, so that it comes again, and sends another with the access key: it writes the IDs of both.
 */
async function tell(run: (env: Record<string, string>) => Promise<{ stdout: string }>): Promise<void> {
  for (const url of [embedded.api, later.url]) {
    const [alice, bob] = [new WireUser(freshUser(), embedded), new WireUser(freshUser(), embedded)];
    const accessKey = newAccessKey();
    await bob.httpClient().accessKey.set(accessKey);
    const users = { ALICE: await alice.token(), BOB: await bob.token(), ACCESS_KEY: accessKey };
    const { stdout } = await run({ URL: url, KEY: v7(), RECIPIENT: bob.urn, ...users });
    const queued = async () => (await bob.pull()).messages.map(({ id }) => id).sort();
    await eventually(async () => expect(await queued()).toEqual(stdout.split(" ").sort()));
  }
}

async function openApiGenerator(generator: string, to: string, options: readonly string[]): Promise<void> {
  const { generator: jar } = await javaArchives();
  const args = ["generate", "-g", generator, "-i", document, "-o", to, "--global-property", NO_EXTRAS];
  await runCommand("java", ["-jar", jar, ...args, ...options]);
}

describe("a generated client compiles, and sends, pulls and acknowledges:", () => {
  it("openapi-typescript with openapi-fetch", async () => {
    const modules = await npmPrograms();
    const project = join(folder, "typescript");
    await mkdir(project);
    await symlink(modules, join(project, "node_modules"));
    await writeFile(join(project, "package.json"), '{"type":"module"}');
    await cp(join(STORIES, "story.ts"), join(project, "story.ts"));
    await runCommand(join(modules, ".bin/openapi-typescript"), [
      document,
      "-o",
      join(project, "schema.d.ts"),
    ]);
    const types = [
      "--typeRoots",
      join(ROOT, "node_modules/@types"),
      "--types",
      "node",
      "--module",
      "nodenext",
    ];
    await runCommand(
      join(ROOT, "node_modules/.bin/tsc"),
      ["--strict", "--noUncheckedIndexedAccess", "--skipLibCheck", "--noEmit", ...types, "story.ts"],
      { cwd: project },
    );
    await tell((env) => runCommand(process.execPath, ["story.ts"], { cwd: project, env }));
  });

  it("openapi-python-client", async () => {
    const programs = await pythonPrograms();
    const project = join(folder, "python");
    await mkdir(project);
    const to = join(project, "dumbwaiter_client");
    await runCommand(
      join(programs, "openapi-python-client"),
      ["generate", "--path", document, "--meta", "none", "--output-path", to, "--fail-on-warning"],
      { env: { PATH: `${programs}:${process.env.PATH}` } },
    );
    await cp(join(STORIES, "story.py"), join(project, "story.py"));
    await tell((env) => runCommand(join(programs, "python"), ["story.py"], { cwd: project, env }));
  });

  it("openapi-generator for Java", async () => {
    const { classPath } = await javaArchives();
    const project = join(folder, "java");
    const packages = "invokerPackage=client,apiPackage=client.api,modelPackage=client.model";
    const properties = `${packages},openApiNullable=false`;
    await openApiGenerator("java", project, ["--library", "native", "--additional-properties", properties]);
    const sources = await readdir(join(project, "src/main/java"), { recursive: true });
    const files = sources.filter((file) => file.endsWith(".java")).map((file) => join("src/main/java", file));
    const path = `classes:${classPath}`;
    await mkdir(join(project, "classes"));
    await runCommand("javac", ["-d", "classes", "-cp", path, ...files, join(STORIES, "Story.java")], {
      cwd: project,
    });
    await tell((env) => runCommand("java", ["-cp", path, "Story"], { cwd: project, env }));
  });

  it("openapi-generator for Go", async () => {
    const project = join(folder, "go");
    const names = ["--git-host", "example.com", "--git-user-id", "mine", "--git-repo-id", "client"];
    const properties = ["--additional-properties", "packageName=dumbwaiter"];
    await openApiGenerator("go", project, [...names, ...properties]);
    await mkdir(join(project, "story"));
    await cp(join(STORIES, "story.go"), join(project, "story/main.go"));
    await go(["vet", "./..."], project);
    await go(["build", "-o", "tell", "./story"], project);
    await tell((env) => runCommand(join(project, "tell"), [], { env }));
  });
});
