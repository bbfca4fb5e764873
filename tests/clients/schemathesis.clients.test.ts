import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshUser } from "@dumbwaiter/core/contracts/samples";
import { type EmbeddedProcess, startEmbedded } from "@dumbwaiter/dev-env/stack/embedded-process";
import { type CommandError, runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { WireUser } from "@dumbwaiter/wire-user";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { v7 } from "uuid";
import { pythonPrograms } from "./client-tools.ts";

/** The token, as the scheme `bearer`. A header for all calls would come beside access keys. */
const CONFIG = `
[auth.openapi.bearer]
bearer = "\${TOKEN}"

# A text that cannot be an access key is a malformed request: 400, not 401.
[[operations]]
include-name = "POST /api/send"
checks.ignored_auth.enabled = false
`;

/** Of one kind of cases; with both in a run, Schemathesis 4 puts invalid headers into valid cases. */
const MODES = ["positive", "negative"] as const;

interface Parameter {
  readonly name: string;
  readonly schema: { pattern: string };
  example?: string;
}

interface OpenApi {
  readonly paths: { readonly "/api/send": { readonly post: { readonly parameters: Parameter[] } } };
}

let embedded: EmbeddedProcess;
let programs: string;
let folder: string;
beforeAll(async () => {
  embedded = await startEmbedded();
  programs = await pythonPrograms();
  folder = await mkdtemp(join(tmpdir(), "schemathesis-"));
  await writeFile(join(folder, "schemathesis.toml"), CONFIG);
});
afterAll(async () => {
  await embedded.stop();
  await rm(folder, { recursive: true });
});

/** Runs all checks, in all phases. @returns what it found, or an empty text */
async function findings(mode: string, document: object): Promise<string> {
  const file = join(folder, "openapi.json");
  await writeFile(file, JSON.stringify(document));
  const env = { TOKEN: await new WireUser(freshUser(), embedded).token() };
  const args = ["run", file, "--url", embedded.api, "--mode", mode, "--max-examples", "25", "--seed", "1"];
  // With a connection for each, because refusals on one connection are slowed down.
  const options = ["-H", "Connection: close", "--no-color"];
  return await runCommand(join(programs, "schemathesis"), [...args, ...options], { cwd: folder, env }).then(
    () => "",
    ({ exitCode, result }: CommandError) => `exit code ${exitCode}\n${result.stdout}\n${result.stderr}`,
  );
}

async function openApi(): Promise<OpenApi> {
  return (await (await fetch(`${embedded.api}/openapi.json`)).json()) as OpenApi;
}

/** The same document, but with idempotency keys of the present day, which no schema can ask for. */
async function withPresentKeys(): Promise<OpenApi> {
  const document = await openApi();
  const [parameter] = document.paths["/api/send"].post.parameters as [Parameter];
  expect(parameter.name).toBe("Idempotency-Key");
  const key = v7();
  const pattern = parameter.schema.pattern.replace("^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}", `^${key.slice(0, 13)}`);
  expect(pattern).not.toBe(parameter.schema.pattern);
  parameter.schema.pattern = pattern;
  parameter.example = key;
  return document;
}

it.each(MODES)("Schemathesis finds nothing in its %s cases", async (mode) => {
  expect(await findings(mode, await withPresentKeys())).toBe("");
});

it("Schemathesis finds a valid request that is refused", async () => {
  expect(await findings("positive", await openApi())).toContain("The time in Idempotency-Key must be within");
});
