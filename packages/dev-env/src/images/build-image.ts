import { rm } from "node:fs/promises";
import { join } from "node:path";
import { IMAGE_PROGRAMS } from "@dumbwaiter/bundler";
import { VERSION } from "@dumbwaiter/infra";
import { ROOT } from "../tools/project-folders.ts";
import { baseImages } from "./base-images.ts";
import { buildah, IMAGES } from "./buildah.ts";

export type ImageTarget = "runtime" | "dev";

export interface BuiltImage {
  /** The name in manifests, such as `dumbwaiter-api:0.2.0`. */
  readonly name: string;
  /** Its name in buildah's store. */
  readonly local: string;
  /** An OCI archive with the name that containerd gives it: `ctr -n k8s.io images import ARCHIVE`. */
  readonly archive: string;
  /** Unpacked. */
  readonly megabytes: number;
}

/**
 * Builds a program's image from the Dockerfile, as root but without a daemon or an image registry. Unchanged layers come
 * from earlier builds.
 *
 * @param context the folder of the Dockerfile; this project's by default
 */
export async function buildImage(
  service: string,
  target: ImageTarget = "runtime",
  context: string = ROOT,
): Promise<BuiltImage> {
  if (!IMAGE_PROGRAMS.some(({ name }) => name === service)) throw new Error(`there is no image ${service}`);
  const bases = await baseImages();
  const name = `dumbwaiter-${service}:${VERSION}${target === "dev" ? "-dev" : ""}`;
  const local = `localhost/${name}`;
  const args = { NODE_BASE: bases.node, RUNTIME_BASE: bases.runtime, SERVICE: service };
  process.stderr.write(`images: building ${name}\n`);
  await buildah([
    ...[
      "bud",
      "--quiet",
      "--layers",
      "--force-rm", // otherwise a container of each stage without instructions stays
      "--isolation",
      "chroot",
      "--pull-never",
      "--target",
      target,
      "--tag",
      local,
    ],
    ...Object.entries(args).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]),
    context,
  ]);
  const archive = join(IMAGES, `${name.replace(":", "-")}.tar`);
  await rm(archive, { force: true });
  await buildah(["push", "--quiet", local, `oci-archive:${archive}:docker.io/library/${name}`]);
  return { name, local, archive, megabytes: await megabytesOf(local) };
}

async function megabytesOf(image: string): Promise<number> {
  const size = await buildah(["images", "--format", "{{.Size}}", image]);
  if (!size.endsWith(" MB")) throw new Error(`${image} is ${size}`);
  return Number.parseFloat(size);
}
