import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { CACHE, ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { cranePath } from "@dumbwaiter/dev-env/tools/release-tools";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { VERSION } from "@dumbwaiter/infra";
import { CHECKSUMS } from "./release/checksums.ts";
import type { ImageFacts } from "./release/image.ts";
import { makeRelease } from "./release/make-release.ts";
import { publish } from "./release/publish.ts";
import { signer } from "./release/sign.ts";
import { httpsUrl, sourceOfCheckout } from "./release/source.ts";
import { isRegistry } from "./release/targets.ts";

const HELP = `npm run release -- --to DIR|REGISTRY

Makes a release of the current commit: images for amd64 and arm64 as an OCI layout, the operator's chart, install.yaml,
the kubectl plugin, bills of materials, provenance and checksums; docs/releases.md describes them. Needs Linux, Go and
git, but no Docker.

  --to TARGET      a folder: new, empty, or an earlier release, which is replaced; or a registry and path such as
                   ghcr.io/acme/dumbwaiter (./ghcr.io/acme is a folder). A folder and registries can be combined
  --registry NAME  where the images will be, if they are not pushed now
  --source URL     of the repository, for the provenance and the plugin's manifest; by default that of git's origin
  --sign KEY       sign with a key of \`cosign generate-key-pair\` (COSIGN_PASSWORD), or \`keyless\` in CI
  --dirty          also with changes that are not committed

Environment: NODE_BASE and RUNTIME_BASE replace the base images of the Dockerfile, and pin them by digest;
SOURCE_DATE_EPOCH replaces the commit's time; RELEASE_BUILDER is the builder's URI in the provenance.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      to: { type: "string", multiple: true, default: [] },
      registry: { type: "string" },
      source: { type: "string" },
      sign: { type: "string" },
      dirty: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (values.to.length === 0) throw new Error(`--to is missing\n\n${HELP}`);
  const registries = values.to.filter(isRegistry);
  const [folder = join(CACHE, "release-to-push"), ...others] = values.to.filter(
    (target) => !isRegistry(target),
  );
  if (others.length > 0) throw new Error("--to names more than one folder");
  const registry = values.registry ?? registries[0] ?? "";
  const facts = await factsOf(values.dirty, values.source);
  const crane = await cranePath();
  const signs = values.sign === undefined ? undefined : await signer(values.sign);
  const say = (line: string) => void process.stdout.write(`${line}\n`);

  const made = await makeRelease(resolve(folder), { facts, registry, crane, say });
  await signs?.signFile(join(folder, CHECKSUMS));
  for (const target of registries) await publish(target, folder, made, { crane, signer: signs, say });
  if (signs === undefined) say("not signed: --sign is not set");
}

async function factsOf(isDirtyAllowed: boolean, sourceOption: string | undefined): Promise<ImageFacts> {
  const source = sourceOption === undefined ? await sourceOfCheckout() : httpsUrl(sourceOption);
  if (source === undefined) throw new Error("--source is not the URL of a repository");
  const git = async (...args: string[]) => (await runCommand("git", args, { cwd: ROOT })).stdout.trim();
  const isDirty = (await git("status", "--porcelain")) !== "";
  if (isDirty && !isDirtyAllowed) throw new Error("there are changes that are not committed");
  const revision = `${await git("rev-parse", "HEAD")}${isDirty ? "-dirty" : ""}`;
  const epoch = Number(process.env.SOURCE_DATE_EPOCH || (await git("log", "-1", "--format=%ct")));
  return { version: VERSION, revision, epoch, source };
}

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
