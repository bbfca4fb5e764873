import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { type CommandError, runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { npmPrograms } from "./client-tools.ts";

const PINS = join(import.meta.dirname, "tools");
const ENV = { REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };

let embedded: EmbeddedProcess;
let programs: string;
let folder: string;
beforeAll(async () => {
  embedded = await startEmbedded();
  programs = join(await npmPrograms(), ".bin");
  folder = await mkdtemp(join(tmpdir(), "documents-"));
});
afterAll(async () => {
  await embedded.stop();
  await rm(folder, { recursive: true });
});

interface Info {
  readonly info: { description?: string };
}

/** Saves a document of the running process. */
async function save(name: string, change: (document: Info) => void = () => {}): Promise<string> {
  const document = (await (await fetch(`${embedded.api}/${name}`)).json()) as Info;
  change(document);
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(document, null, 1));
  return file;
}

async function spectral(file: string): Promise<unknown[]> {
  const args = ["lint", "--ruleset", join(PINS, "spectral.yaml"), "--format", "json", "--quiet", file];
  const { stdout } = await runCommand(join(programs, "spectral"), args).catch((error: CommandError) => {
    if (error.exitCode !== 1) throw error;
    return error.result;
  });
  return JSON.parse(stdout);
}

async function redocly(file: string): Promise<unknown[]> {
  const args = ["lint", "--config", join(PINS, "redocly.yaml"), "--format", "json", file];
  const { stdout } = await runCommand(join(programs, "redocly"), args, { env: ENV, cwd: folder }).catch(
    (error: CommandError) => {
      if (error.exitCode !== 1) throw error;
      return error.result;
    },
  );
  return JSON.parse(stdout).problems;
}

it.each(["openapi.json", "asyncapi.json"])("Redocly and Spectral have no word on %s", async (name) => {
  const file = await save(name);
  expect(await spectral(file)).toEqual([]);
  expect(await redocly(file)).toEqual([]);
  const broken = await save(name, (document) => Object.assign(document.info, { title: undefined }));
  expect(await spectral(broken)).not.toEqual([]);
  expect(await redocly(broken)).not.toEqual([]);
});
