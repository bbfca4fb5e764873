import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "@dumbwaiter/dev-env/tools/run-command";
import { CHART_NAME } from "./chart.ts";
import type { Release } from "./make-release.ts";
import type { OciLayout } from "./oci-layout.ts";
import type { Signer } from "./sign.ts";

/**
 * Pushes the images and the chart of a release to a registry, signs them, and attests what each image contains and what
 * it was made from.
 *
 * @param folder the release's
 */
export async function publish(
  registry: string,
  folder: string,
  { release, layout }: { readonly release: Release; readonly layout: OciLayout },
  { crane, signer, say }: { crane: string; signer: Signer | undefined; say: (line: string) => void },
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "dumbwaiter-publish-"));
  try {
    const predicate = join(work, "provenance.json");
    const provenance = JSON.parse(await readFile(join(folder, "provenance.intoto.json"), "utf8"));
    await writeFile(predicate, JSON.stringify(provenance.predicate));
    for (const [name, digest] of Object.entries({ ...release.images, [CHART_NAME]: release.chart })) {
      const only = join(work, name);
      await layout.only(`${name}:${release.version}`, only);
      await runCommand(crane, ["push", only, `${registry}/${name}:${release.version}`]);
      const reference = `${registry}/${name}@${digest}`;
      say(reference);
      await signer?.signImage(reference);
      await signer?.attest(reference, "slsaprovenance1", predicate);
      if (name in release.images) {
        await signer?.attest(reference, "cyclonedx", join(folder, `${name}.cdx.json`));
      }
    }
  } finally {
    await rm(work, { recursive: true });
  }
}
