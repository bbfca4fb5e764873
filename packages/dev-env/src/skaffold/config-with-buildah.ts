import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ROOT } from "../tools/project-folders.ts";

const CONFIG = join(ROOT, "skaffold.yaml");
const BUILDER = join(import.meta.dirname, "build-artifact.ts");

interface Artifact {
  readonly image: string;
  readonly docker?: { readonly target: string };
  readonly custom?: { readonly dependencies: object };
}

/**
 * `skaffold.yaml` without the GKE environments, and with buildah to build and push, because the tests have no daemon:
 * only the builder (`docker`, `custom`, `local`) differs.
 *
 * @param registry to push to, without TLS: `127.0.0.1:port`
 */
export async function configWithBuildah(registry: string): Promise<string> {
  const config = parse(await readFile(CONFIG, "utf8"));
  const dev = config.profiles.find(({ name }: { name: string }) => name === "dev");
  config.profiles = [dev];
  for (const { build } of [config, dev]) build.artifacts = build.artifacts.map(withBuildah);
  config.build = { ...config.build, insecureRegistries: [registry], local: { push: true } };
  return stringify(config);
}

const PATHS = ["Dockerfile", "package-lock.json", "packages/**", "scripts/**", "services/**"];

function withBuildah<Part extends Artifact>({ docker, custom, ...artifact }: Part): object {
  const service = artifact.image.replace("dumbwaiter-", "");
  const buildCommand = `${process.execPath} ${BUILDER} ${service} ${docker?.target ?? "runtime"}`;
  return { ...artifact, custom: { buildCommand, dependencies: custom?.dependencies ?? { paths: PATHS } } };
}
