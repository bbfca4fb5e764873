import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundlePrograms, COMMAND_LINE, IMAGE_PROGRAMS, KUBECTL_PLUGIN } from "@dumbwaiter/bundler";
import { helmPath } from "@dumbwaiter/dev-env/tools/helm";
import { CACHE, ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { COMPONENTS } from "@dumbwaiter/infra";
import { installYaml } from "@dumbwaiter/infra/install-yaml";
import { stringify } from "yaml";
import { tarOf } from "./archive.ts";
import { type BaseImages, pinnedBases, pullBase } from "./base-images.ts";
import { CHART_NAME, packedChart, releasedChart, writeChart } from "./chart.ts";
import { writeChecksums } from "./checksums.ts";
import { writeCommands } from "./commands.ts";
import { type ImageFacts, imageName, nodeLayer, programLayer, writeImage, writeImageIndex } from "./image.ts";
import { type Descriptor, OciLayout, type Platform } from "./oci-layout.ts";
import { imageBom, provenance, statement } from "./statements.ts";
import { emptyFolder, RELEASE_FILE } from "./targets.ts";

const PLATFORMS: readonly Platform[] = ["amd64", "arm64"].map((architecture) => ({
  os: "linux",
  architecture,
}));

/** Paths in source maps are relative, so that bundles depend on where they are: always at the same place of the project. */
const WORK = join(CACHE, "release");

/** What a release consists of, as its `release.json` says. */
export interface Release {
  readonly version: string;
  readonly revision: string;
  /** Digests of the indexes of images, by name. */
  readonly images: Readonly<Record<string, string>>;
  readonly chart: string;
}

interface ReleaseOptions {
  readonly facts: ImageFacts;
  /** Where its images will be; empty if that is not known. */
  readonly registry: string;
  readonly crane: string;
  readonly say: (line: string) => void;
}

/**
 * Makes everything that a release consists of, unsigned: files without folders, as a page of downloads has them. Two
 * releases of one commit, from the same base images, are equal byte by byte.
 *
 * @param folder new, empty, or an earlier release, which is replaced
 * @returns the layout too, whose packed form `images.tar` is; it lasts until the next release
 */
export async function makeRelease(
  folder: string,
  { facts, registry, crane, say }: ReleaseOptions,
): Promise<{ readonly release: Release; readonly layout: OciLayout }> {
  await emptyFolder(folder);
  await rm(WORK, { recursive: true, force: true });
  await mkdir(WORK, { recursive: true });
  const write = (name: string, text: string | Buffer) => writeFile(join(folder, name), text);
  // At first, so that the next try can replace a release that this one does not finish.
  await write(RELEASE_FILE, "{}\n");
  const bundles = join(WORK, "bundles");
  await bundlePrograms([...IMAGE_PROGRAMS, KUBECTL_PLUGIN, COMMAND_LINE], bundles);
  say("bundled");

  const references = await pinnedBases(crane);
  const layout = new OciLayout(join(WORK, "images"));
  const images = await writeImages(layout, bundles, references, facts, crane);
  for (const [name, { digest }] of Object.entries(images)) say(`${name}  ${digest}`);
  const digests = Object.fromEntries(Object.entries(images).map(([name, { digest }]) => [name, digest]));

  const chart = await releasedChart(WORK, registry, digests[imageName("operator")] as string);
  const packed = await packedChart(chart, facts.epoch);
  const chartManifest = await writeChart(layout, chart, packed, facts);
  const helm = await helmPath();
  await write("images.tar", await tarOf(layout.folder, ["blobs", "index.json", "oci-layout"], facts.epoch));
  await write(`dumbwaiter-operator-${facts.version}.tgz`, packed);
  await write("install.yaml", await installYaml((args) => runCommand(helm, args), chart));
  await write("images.yaml", componentImages(registry, digests, facts.version));
  await writeCommands(bundles, folder, facts);
  for (const name of ["CHANGELOG.md", "LICENSE", "SECURITY.md"])
    await copyFile(join(ROOT, name), join(folder, name));

  const predicate = await provenance(
    facts,
    references,
    PLATFORMS.map(({ os, architecture }) => `${os}/${architecture}`),
  );
  for (const { name } of IMAGE_PROGRAMS) {
    const image = images[imageName(name)] as Descriptor;
    const bom = await imageBom(join(bundles, name), name, facts, image, references);
    await write(`${imageName(name)}.cdx.json`, JSON.stringify(bom));
  }
  const subjects = { ...digests, [CHART_NAME]: chartManifest.digest };
  await write("provenance.intoto.json", JSON.stringify(statement(subjects, predicate)));
  const { version, revision } = facts;
  const release: Release = { version, revision, images: digests, chart: chartManifest.digest };
  await write(RELEASE_FILE, `${JSON.stringify(release, undefined, 2)}\n`);
  await writeChecksums(folder);
  return { release, layout };
}

async function writeImages(
  layout: OciLayout,
  bundles: string,
  references: { readonly runtime: string; readonly node: string },
  facts: ImageFacts,
  crane: string,
): Promise<Record<string, Descriptor>> {
  const platforms = await Promise.all(
    PLATFORMS.map(async (platform) => {
      const folder = (name: string) => join(WORK, `${name}-${platform.architecture}`);
      const bases: BaseImages = {
        runtime: await pullBase(crane, references.runtime, platform, folder("runtime-base")),
        node: await pullBase(crane, references.node, platform, folder("node-base")),
      };
      return { platform, bases, node: await nodeLayer(layout, bases, folder("node"), facts.epoch) };
    }),
  );
  const images: Record<string, Descriptor> = {};
  for (const { name } of IMAGE_PROGRAMS) {
    const program = await programLayer(layout, join(bundles, name), join(WORK, "app"), facts.epoch);
    const manifests = await Promise.all(
      platforms.map(({ platform, bases, node }) =>
        writeImage(layout, bases, platform, [node, program], name, facts),
      ),
    );
    images[imageName(name)] = await writeImageIndex(layout, manifests, name, facts);
  }
  return images;
}

/** A patch of a RoutingService that pins the images of its components. */
function componentImages(
  registry: string,
  digests: Readonly<Record<string, string>>,
  version: string,
): string {
  const spec = Object.fromEntries(
    COMPONENTS.map((component) => {
      const name = imageName(component);
      const path = registry === "" ? name : `${registry}/${name}`;
      return [component, { image: `${path}:${version}@${digests[name]}` }];
    }),
  );
  const use = "kubectl patch rsvc NAME --namespace NAMESPACE --type merge --patch-file images.yaml";
  return `# Pins the images of a RoutingService to this release:\n#   ${use}\n${stringify({ spec })}`;
}
