import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ImageFacts, imageName } from "./image.ts";
import { type Descriptor, digestOf } from "./oci-layout.ts";

const LOCK_FILE = join(import.meta.dirname, "../../package-lock.json");

/** The references of the base images, with their digests. */
interface Bases {
  readonly runtime: string;
  readonly node: string;
}

interface Bom {
  readonly metadata: object;
  readonly components: readonly object[];
}

/**
 * The bill of materials of an image: that of its program, with Node and the base image. What the base image contains is
 * in the base image's own.
 *
 * @param bundle the program's folder
 */
export async function imageBom(
  bundle: string,
  program: string,
  { version }: ImageFacts,
  { digest }: Descriptor,
  bases: Bases,
): Promise<object> {
  const bom = JSON.parse(await readFile(join(bundle, "sbom.cdx.json"), "utf8")) as Bom;
  const node = /node:([0-9.]+)/.exec(bases.node)?.[1];
  return {
    ...bom,
    metadata: {
      component: {
        ...{ type: "container", name: imageName(program), version },
        purl: `pkg:oci/${imageName(program)}@${encodeURIComponent(digest)}`,
        licenses: [{ expression: "Apache-2.0" }],
      },
    },
    components: [
      ...bom.components,
      {
        ...{ type: "platform", name: "node", licenses: [{ expression: "MIT" }] },
        ...(node === undefined ? {} : { version: node, purl: `pkg:generic/node@${node}` }),
      },
      ...Object.values(bases).map((reference) => {
        const [name, digest] = reference.split("@");
        return { type: "container", name, version: digest };
      }),
    ],
  };
}

/** What a release was made from, as the predicate of SLSA's provenance. */
export async function provenance(
  facts: ImageFacts,
  bases: Bases,
  platforms: readonly string[],
): Promise<object> {
  const { version, revision, epoch } = facts;
  const source = { uri: `git+${facts.source}`, digest: { gitCommit: revision } };
  const materials = Object.values(bases).map((reference) => {
    const [name, digest = ""] = reference.split("@");
    return { uri: `docker://${name}`, digest: { sha256: digest.replace("sha256:", "") } };
  });
  const lock = digestOf(await readFile(LOCK_FILE)).replace("sha256:", "");
  return {
    buildDefinition: {
      buildType: `${facts.source}/blob/v${version}/docs/releases.md`,
      externalParameters: { source, version, platforms, SOURCE_DATE_EPOCH: epoch },
      resolvedDependencies: [source, { name: "package-lock.json", digest: { sha256: lock } }, ...materials],
    },
    runDetails: { builder: { id: process.env.RELEASE_BUILDER || "unknown" } },
  };
}

/** An in-toto statement about several things, by name. */
export function statement(subjects: Readonly<Record<string, string>>, predicate: object): object {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: Object.entries(subjects).map(([name, digest]) => ({
      ...{ name, digest: { sha256: digest.replace("sha256:", "") } },
    })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate,
  };
}
