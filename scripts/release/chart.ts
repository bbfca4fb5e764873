import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { gzipped, tarOf } from "./archive.ts";
import type { ImageFacts } from "./image.ts";
import { type Descriptor, MEDIA_TYPES, type OciLayout } from "./oci-layout.ts";

const CHART = join(import.meta.dirname, "../../charts/dumbwaiter-operator");

/** The repository of the chart below the registry's path: its name is that of an image. */
export const CHART_NAME = "charts/dumbwaiter-operator";

/** As Helm names them. */
const HELM = {
  config: "application/vnd.cncf.helm.config.v1+json",
  content: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
} as const;

interface ChartMetadata {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/**
 * Copies the chart, and makes it use the release's own image. In Chart.yaml, because values would stay as they are in
 * `helm upgrade --reuse-values`.
 *
 * @returns the chart's folder, in `folder`
 */
export async function releasedChart(folder: string, registry: string, digest: string): Promise<string> {
  const chart = join(folder, "dumbwaiter-operator");
  await rm(chart, { recursive: true, force: true });
  await cp(CHART, chart, { recursive: true });
  const annotations = {
    "dumbwaiter.io/image-digest": digest,
    ...(registry === "" ? {} : { "dumbwaiter.io/image-registry": registry }),
  };
  const path = join(chart, "Chart.yaml");
  await writeFile(path, `${await readFile(path, "utf8")}${stringify({ annotations })}`);
  return chart;
}

/** The bytes of `helm package`, without the current time. */
export async function packedChart(chart: string, epoch: number): Promise<Buffer> {
  const [folder, name] = [join(chart, ".."), "dumbwaiter-operator"];
  return await gzipped(await tarOf(folder, [`${name}/Chart.yaml`, name], epoch));
}

/** Writes and names what `helm push` pushes, without the current time. */
export async function writeChart(
  layout: OciLayout,
  chart: string,
  packed: Buffer,
  { version, revision }: ImageFacts,
): Promise<Descriptor> {
  const metadata = parse(await readFile(join(chart, "Chart.yaml"), "utf8")) as ChartMetadata;
  const manifest = await layout.writeJson(MEDIA_TYPES.manifest, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: await layout.writeJson(HELM.config, metadata),
    layers: [await layout.write(HELM.content, packed)],
    annotations: {
      "org.opencontainers.image.title": metadata.name,
      "org.opencontainers.image.description": metadata.description,
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.revision": revision,
    },
  });
  await layout.name(manifest, `${CHART_NAME}:${version}`);
  return manifest;
}
