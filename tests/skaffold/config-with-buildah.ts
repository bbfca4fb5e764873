import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";

const CONFIG = join(import.meta.dirname, "../../skaffold.yaml");
const BUILDER = join(import.meta.dirname, "build-artifact.ts");

interface Artifact {
  readonly docker: { readonly target: string; readonly buildArgs: { readonly SERVICE: string } };
}

/**
 * `skaffold.yaml` without the environments of GKE, and built by buildah, for the tests have no daemon; all else is as
 * it stands.
 *
 * @param registry where images are pushed, without TLS: `127.0.0.1:port`
 */
export async function configWithBuildah(registry: string): Promise<string> {
  const config = parse(await readFile(CONFIG, "utf8"));
  const dev = config.profiles.find(({ name }: { name: string }) => name === "dev");
  config.profiles = [dev];
  for (const { build } of [config, dev]) build.artifacts = build.artifacts.map(withBuildah);
  config.build = { ...config.build, insecureRegistries: [registry], local: { push: true } };
  return stringify(config);
}

function withBuildah<Part extends Artifact>({ docker, ...artifact }: Part): object {
  const { SERVICE } = docker.buildArgs;
  const paths = ["Dockerfile", "package-lock.json", "packages/**", "scripts/**", "services/**"];
  const buildCommand = `${process.execPath} ${BUILDER} ${SERVICE} ${docker.target}`;
  return { ...artifact, custom: { buildCommand, dependencies: { paths } } };
}
