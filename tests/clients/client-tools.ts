import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE } from "@dumbwaiter/dev-env/tools/project-folders";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";

const PINS = join(import.meta.dirname, "tools");

/** The folder of programs from npm: redocly, spectral and openapi-typescript. */
export async function npmPrograms(): Promise<string> {
  const folder = await installed("npm", ["package.json", "package-lock.json"], async (cwd) => {
    await runCommand("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd });
  });
  return join(folder, "node_modules");
}

/** The folder of programs from PyPI: schemathesis and openapi-python-client, with a Python that has their packages. */
export async function pythonPrograms(): Promise<string> {
  const folder = await installed("python", ["requirements.txt"], async (cwd) => {
    await runCommand("python3", ["-m", "venv", join(cwd, "venv")]);
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"];
    await runCommand(join(cwd, "venv/bin/python"), [...pip, "-r", join(cwd, "requirements.txt")]);
  });
  return join(folder, "venv/bin");
}

/** The jar of openapi-generator, and the class path that its Java clients need. */
export async function javaArchives(): Promise<{ generator: string; classPath: string }> {
  const folder = await installed("java", ["pom.xml"], async (cwd) => {
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies";
    await runCommand("mvn", ["-q", "-B", goal, `-DoutputDirectory=${join(cwd, "jars")}`], { cwd });
  });
  const jars = (await readdir(join(folder, "jars"))).map((jar) => join(folder, "jars", jar));
  const isGenerator = (jar: string) => jar.includes("openapi-generator-cli");
  return {
    generator: jars.find(isGenerator) as string,
    classPath: jars.filter((jar) => !isGenerator(jar)).join(":"),
  };
}

/** Installs once for each content of the files that pin the versions. */
async function installed(
  name: string,
  files: readonly string[],
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) hash.update(await readFile(join(PINS, file)));
  const folder = join(CACHE, "client-tools", `${name}-${hash.digest("hex").slice(0, 12)}`);
  const done = join(folder, "done");
  if (existsSync(done)) return folder;
  process.stderr.write(`clients: installing the tools from ${name}\n`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const file of files) await cp(join(PINS, file), join(folder, file));
  await install(folder);
  await writeFile(done, "");
  return folder;
}
