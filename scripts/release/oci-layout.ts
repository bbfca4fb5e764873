import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

export const MEDIA_TYPES = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
} as const;

const REF_NAME = "org.opencontainers.image.ref.name";

/** What refers to a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly manifests: readonly Descriptor[];
}

/** An OCI image layout: a folder of blobs by digest, and an index of those that have a name. */
export class OciLayout {
  readonly folder: string;
  readonly #named: Descriptor[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Reads the layout of a folder. */
  async index(): Promise<Index> {
    return JSON.parse(await readFile(join(this.folder, "index.json"), "utf8")) as Index;
  }

  path(digest: string): string {
    return join(this.folder, "blobs", ...digest.split(":"));
  }

  async readJson<T>({ digest }: Pick<Descriptor, "digest">): Promise<T> {
    return JSON.parse(await readFile(this.path(digest), "utf8")) as T;
  }

  async write(mediaType: string, content: Buffer | string): Promise<Descriptor> {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    const path = this.path(digest);
    await mkdir(join(path, ".."), { recursive: true });
    if (!existsSync(path)) await writeFile(path, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  async writeJson(mediaType: string, value: object): Promise<Descriptor> {
    return await this.write(mediaType, JSON.stringify(value));
  }

  /** Takes a blob over from another layout. */
  async take(from: OciLayout, descriptor: Descriptor): Promise<void> {
    await this.write(descriptor.mediaType, await readFile(from.path(descriptor.digest)));
  }

  /** Gives a manifest or an index a name, such as `dumbwaiter-api:0.2.0`. */
  async name(descriptor: Descriptor, name: string): Promise<void> {
    this.#named.push({ ...descriptor, annotations: { [REF_NAME]: name } });
    await writeLayout(this.folder, this.#named);
  }

  /** A layout of one name alone, which shares the blobs; for tools that copy whole layouts. */
  async only(name: string, folder: string): Promise<void> {
    const found = this.#named.filter(({ annotations }) => annotations?.[REF_NAME] === name);
    await mkdir(folder, { recursive: true });
    await symlink(resolve(this.folder, "blobs"), join(folder, "blobs"));
    await writeLayout(folder, found);
  }
}

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function writeLayout(folder: string, manifests: readonly Descriptor[]): Promise<void> {
  const index: Index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests };
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await writeFile(join(folder, "index.json"), JSON.stringify(index));
}
