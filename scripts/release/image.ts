import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { gzipped, tarOf } from "./archive.ts";
import { type BaseImages, extractNode } from "./base-images.ts";
import { type Descriptor, digestOf, MEDIA_TYPES, type OciLayout, type Platform } from "./oci-layout.ts";

/** What a release says of each of its images. */
export interface ImageFacts {
  readonly version: string;
  readonly revision: string;
  /** Seconds since 1970, for every time in the release. */
  readonly epoch: number;
  /** The `https` URL of the repository. */
  readonly source: string;
}

interface Config {
  readonly config?: { readonly Env?: readonly string[]; readonly Labels?: Readonly<Record<string, string>> };
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly string[] };
  readonly history?: readonly object[];
}

interface Layer {
  readonly descriptor: Descriptor;
  /** The digest of the layer before compression. */
  readonly diffId: string;
  readonly createdBy: string;
}

/** The platform's Node, for all images: it is most of their size. */
export async function nodeLayer(
  layout: OciLayout,
  bases: BaseImages,
  folder: string,
  epoch: number,
): Promise<Layer> {
  const path = await extractNode(bases.node, folder);
  return await layerOf(
    layout,
    await tarOf(folder, [path], epoch),
    `COPY ${path} from ${bases.node.reference}`,
  );
}

/** A program's bundle as `/app`, the same for all platforms: it contains JavaScript alone. */
export async function programLayer(
  layout: OciLayout,
  bundle: string,
  folder: string,
  epoch: number,
): Promise<Layer> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(bundle, join(folder, "app"), { recursive: true });
  return await layerOf(layout, await tarOf(folder, ["app"], epoch), "COPY the bundle to /app");
}

async function layerOf(layout: OciLayout, tar: Buffer, createdBy: string): Promise<Layer> {
  const descriptor = await layout.write(MEDIA_TYPES.layer, await gzipped(tar));
  return { descriptor, diffId: digestOf(tar), createdBy };
}

/** Writes an image of one platform: what the Dockerfile's `runtime` stage makes, without its compile cache. */
export async function writeImage(
  layout: OciLayout,
  { runtime }: BaseImages,
  platform: Platform,
  layers: readonly Layer[],
  program: string,
  facts: ImageFacts,
): Promise<Descriptor> {
  const base = JSON.parse(
    await readFile(runtime.layout.path(runtime.manifest.config.digest), "utf8"),
  ) as Config;
  for (const layer of runtime.manifest.layers) await layout.take(runtime.layout, layer);
  const created = new Date(facts.epoch * 1000).toISOString();
  const config = await layout.writeJson(MEDIA_TYPES.config, {
    created,
    ...platform,
    config: {
      ...base.config,
      User: "65532:65532",
      Env: environment(base.config?.Env),
      Entrypoint: ["node", "--enable-source-maps", "main.js"],
      Cmd: undefined,
      WorkingDir: "/app",
      Labels: { ...base.config?.Labels, ...labelsOf(program, facts) },
    },
    rootfs: {
      type: "layers",
      diff_ids: [...base.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)],
    },
    history: [
      ...(base.history ?? []),
      ...layers.map(({ createdBy }) => ({ created, created_by: createdBy })),
    ],
  });
  const manifest = await layout.writeJson(MEDIA_TYPES.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config,
    layers: [
      ...runtime.manifest.layers.map(({ digest, size }) => ({ mediaType: MEDIA_TYPES.layer, digest, size })),
      ...layers.map(({ descriptor }) => descriptor),
    ],
  });
  return { ...manifest, platform };
}

/** Writes and names the index of an image's platforms. */
export async function writeImageIndex(
  layout: OciLayout,
  manifests: readonly Descriptor[],
  program: string,
  facts: ImageFacts,
): Promise<Descriptor> {
  const index = await layout.writeJson(MEDIA_TYPES.index, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests,
    annotations: labelsOf(program, facts),
  });
  await layout.name(index, `${imageName(program)}:${facts.version}`);
  return index;
}

export function imageName(program: string): string {
  return `dumbwaiter-${program}`;
}

function environment(base: readonly string[] = []): string[] {
  const own = { PATH: "/usr/local/bin:/usr/bin:/bin", NODE_ENV: "production" };
  const others = base.filter((line) => !Object.keys(own).some((name) => line.startsWith(`${name}=`)));
  return [...others, ...Object.entries(own).map(([name, value]) => `${name}=${value}`)];
}

function labelsOf(program: string, { version, revision }: ImageFacts): Record<string, string> {
  return {
    "org.opencontainers.image.title": imageName(program),
    "org.opencontainers.image.description": `Carries sealed messages that it cannot open: ${program}`,
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.revision": revision,
    "org.opencontainers.image.licenses": "Apache-2.0",
  };
}
