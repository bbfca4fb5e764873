import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import type { Command } from "./example-process.ts";

/** How to start the example of a language, each time in a folder for its data. */
export interface Program {
  receive(user: string, cwd: string, env: Command["env"]): Command;
  send(sender: string, recipient: string, text: string, cwd: string, env: Command["env"]): Command;
}

const program = (command: string, first: readonly string[]): Program => ({
  receive: (user, cwd, env = {}) => ({ command, args: [...first, "receive", user], cwd, env }),
  send: (sender, recipient, text, cwd, env = {}) => ({
    ...{ command, cwd, env },
    args: [...first, "send", sender, recipient, text],
  }),
});

/** On Python with the example's requirements, in an environment of its own that is made once. */
export async function pythonExample(): Promise<Program> {
  const folder = join(ROOT, "examples/python");
  const requirements = join(folder, "requirements.txt");
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 12);
  const environment = join(CACHE, "examples", `python-${digest}`);
  const python = join(environment, "bin/python");
  if (!existsSync(join(environment, "complete"))) {
    rmSync(environment, { recursive: true, force: true });
    await runCommand("python3", ["-m", "venv", environment]);
    await runCommand(python, ["-m", "pip", "install", "--quiet", "--requirement", requirements]);
    writeFileSync(join(environment, "complete"), "");
  }
  return program(python, [join(folder, "dumbwaiter.py")]);
}

/** Built by Maven. */
export async function javaExample(): Promise<Program> {
  const target = join(CACHE, "examples/java");
  mkdirSync(target, { recursive: true });
  const pom = join(ROOT, "examples/java/pom.xml");
  await runCommand("mvn", ["-q", "-B", "-f", pom, `-Dbuild.folder=${target}`, "package"]);
  return program("java", ["-jar", join(target, "dumbwaiter-example.jar")]);
}
