import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import type { Descriptor, Manifest, Platform } from "./oci-layout.ts";
import { OciLayout } from "./oci-layout.ts";

const DOCKERFILE = join(import.meta.dirname, "../../Dockerfile");
const NODE = "usr/local/bin/node";

export interface BaseImage {
  /** With its digest. */
  readonly reference: string;
  readonly layout: OciLayout;
  readonly manifest: Manifest;
}

export interface BaseImages {
  readonly runtime: BaseImage;
  /** Node itself is copied from it. */
  readonly node: BaseImage;
}

/**
 * The base images that the Dockerfile names, or the environment variables of the same names, each with its digest.
 *
 * @throws if a registry cannot be reached
 */
export async function pinnedBases(
  crane: string,
): Promise<{ readonly runtime: string; readonly node: string }> {
  const dockerfile = await readFile(DOCKERFILE, "utf8");
  const pinned = async (name: "NODE_BASE" | "RUNTIME_BASE") => {
    const reference = process.env[name] || new RegExp(`^ARG ${name}=(\\S+)$`, "m").exec(dockerfile)?.[1];
    if (!reference) throw new Error(`the Dockerfile has no ARG ${name}`);
    if (reference.includes("@")) return reference;
    const { stdout } = await runCommand(crane, ["digest", reference]);
    return `${reference}@${stdout.trim()}`;
  };
  return { runtime: await pinned("RUNTIME_BASE"), node: await pinned("NODE_BASE") };
}

/** Fetches one platform of a base image. @param folder for its blobs */
export async function pullBase(
  crane: string,
  reference: string,
  { os, architecture }: Platform,
  folder: string,
): Promise<BaseImage> {
  await mkdir(folder, { recursive: true });
  // With a tag and a digest, crane looks up the tag.
  const exact = reference.replace(/:[^:/@]+@/, "@");
  await runCommand(crane, ["pull", "--format=oci", `--platform=${os}/${architecture}`, exact, folder]);
  const layout = new OciLayout(folder);
  const [found] = (await layout.index()).manifests;
  const manifest = await layout.readJson<Manifest>(found as Descriptor);
  return { reference, layout, manifest };
}

/** Writes Node's program of an image to `folder`. @returns its path there @throws if it has none, or a bad layer */
export async function extractNode(
  { layout, manifest, reference }: BaseImage,
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const { digest } of manifest.layers.toReversed()) {
    const layer = ["--gzip", "--file", layout.path(digest)];
    const { stdout } = await runCommand("tar", ["--list", ...layer]);
    // Some builders write paths as `./usr`.
    const path = stdout.split("\n").find((line) => line === NODE || line === `./${NODE}`);
    if (path === undefined) continue;
    await runCommand("tar", ["--extract", "--no-same-owner", ...layer, "--directory", folder, path]);
    return NODE;
  }
  throw new Error(`${reference} has no /${NODE}`);
}
