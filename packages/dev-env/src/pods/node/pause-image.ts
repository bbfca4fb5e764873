import { rm } from "node:fs/promises";
import { join } from "node:path";
import { buildah, IMAGES } from "../../images/buildah.ts";
import { goCompile } from "../../tools/go-command.ts";

const SOURCES = join(import.meta.dirname, "pause");

/** The image of every pod's first container. */
export const PAUSE_IMAGE = "localhost/dumbwaiter-tests/pause:1";

/** @returns the path of an OCI archive with this name */
export async function buildPauseImage(): Promise<string> {
  const context = join(IMAGES, "pause");
  const archive = join(IMAGES, "pause.tar");
  const output = join(context, "pause");
  await goCompile("pause", ["build", "-ldflags=-s -w", "-o", output, "."], { cwd: SOURCES });
  const file = join(SOURCES, "Dockerfile");
  await buildah(["bud", "--quiet", "--file", file, "--tag", PAUSE_IMAGE, context]);
  await rm(archive, { force: true });
  await buildah(["push", "--quiet", PAUSE_IMAGE, `oci-archive:${archive}:${PAUSE_IMAGE}`]);
  return archive;
}
