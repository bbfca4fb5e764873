import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Launch } from "../stack/launcher.ts";
import { cranePath } from "../tools/release-tools.ts";
import { runCommand } from "../tools/run-command.ts";
import type { BuiltImage } from "./build-image.ts";
import { buildah, IMAGES } from "./buildah.ts";

const SCRIPT = join(import.meta.dirname, "run-in-root.sh");

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface UnpackedImage {
  readonly config: ImageConfig;
  readonly root: string;
  /** Runs the image's own entry point in it. */
  readonly launch: Launch;
  remove(): Promise<void>;
}

/** Unpacks an image so that it can run without a container runtime. */
export async function unpackImage({ local }: BuiltImage): Promise<UnpackedImage> {
  const folder = await mkdtemp(join(IMAGES, "unpacked-"));
  const root = join(folder, "root");
  const context = join(folder, "context");
  // buildah would create the root readable only by itself.
  for (const path of [root, context]) await mkdir(path);
  await writeFile(join(context, "Dockerfile"), `FROM ${local}\n`);
  const output = ["--output", `type=local,dest=${root}`];
  await buildah(["bud", "--quiet", "--layers", "--force-rm", "--pull-never", ...output, context]);
  const inspected = await buildah(["inspect", "--type", "image", local]);
  const { config } = JSON.parse(inspected).OCIv1 as { config: ImageConfig };
  return { config, root, launch: launchIn(root, config), remove: () => rm(folder, { recursive: true }) };
}

/**
 * The same for an image in a registry, without buildah.
 *
 * @param reference such as `127.0.0.1:5000/dumbwaiter-api@sha256:…`
 */
export async function unpackReference(reference: string): Promise<UnpackedImage> {
  const crane = await cranePath();
  const folder = await mkdtemp(join(tmpdir(), "unpacked-"));
  const root = join(folder, "root");
  await mkdir(root);
  const platform = "--platform=linux/amd64";
  await runCommand(crane, ["export", platform, reference, join(folder, "root.tar")]);
  await runCommand("tar", ["--extract", "--file", join(folder, "root.tar"), "--directory", root]);
  await rm(join(folder, "root.tar"));
  const { stdout } = await runCommand(crane, ["config", platform, reference]);
  const { config } = JSON.parse(stdout) as { config: ImageConfig };
  return { config, root, launch: launchIn(root, config), remove: () => rm(folder, { recursive: true }) };
}

function launchIn(root: string, { Env, WorkingDir, Entrypoint }: ImageConfig): Launch {
  return {
    command: "unshare",
    args: () => ["--mount", "/bin/sh", SCRIPT, root, WorkingDir, ...Entrypoint],
    env: Object.fromEntries(Env.map((line) => line.split(/=(.*)/s, 2))),
  };
}
