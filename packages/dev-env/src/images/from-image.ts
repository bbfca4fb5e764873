import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Launch } from "../stack/launcher.ts";
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
  const env = Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s, 2)));
  return {
    config,
    root,
    launch: {
      command: "unshare",
      args: () => ["--mount", "/bin/sh", SCRIPT, root, config.WorkingDir, ...config.Entrypoint],
      env,
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
