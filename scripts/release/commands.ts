import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { COMMAND_LINE, KUBECTL_PLUGIN } from "@dumbwaiter/bundler";
import { stringify } from "yaml";
import { gzipped, tarOf } from "./archive.ts";
import type { ImageFacts } from "./image.ts";
import { digestOf } from "./oci-layout.ts";

const LICENSE = join(import.meta.dirname, "../../LICENSE");

/**
 * Writes the commands that people install: each as a single file, which Node.js 24 runs on every platform, and packed
 * with its notices; and a manifest for krew.
 *
 * @param bundles has a folder for each
 */
export async function writeCommands(
  bundles: string,
  folder: string,
  { version, epoch, source }: ImageFacts,
): Promise<void> {
  for (const { name, command = name } of [KUBECTL_PLUGIN, COMMAND_LINE]) {
    const stage = join(bundles, `${name}-archive`);
    await mkdir(stage, { recursive: true });
    await copyFile(join(bundles, name, "main.js"), join(stage, command));
    await chmod(join(stage, command), 0o755);
    await copyFile(join(bundles, name, "third-party-notices.txt"), join(stage, "third-party-notices.txt"));
    await copyFile(LICENSE, join(stage, "LICENSE"));
    const archive = `${command}-${version}.tar.gz`;
    const tar = await tarOf(stage, [command, "LICENSE", "third-party-notices.txt"], epoch);
    await writeFile(join(folder, archive), await gzipped(tar));
    await copyFile(join(stage, command), join(folder, command));
  }
  const archive = `${KUBECTL_PLUGIN.command}-${version}.tar.gz`;
  const sha256 = digestOf(await readFile(join(folder, archive))).replace("sha256:", "");
  await writeFile(join(folder, "dumbwaiter.yaml"), krewManifest(version, source, archive, sha256));
}

function krewManifest(version: string, source: string, archive: string, sha256: string): string {
  return stringify({
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "dumbwaiter" },
    spec: {
      version: `v${version}`,
      homepage: source,
      shortDescription: "Plan, show and pause what the Dumbwaiter operator does",
      description:
        "Shows what the Dumbwaiter operator would do with a RoutingService, and what it has done.\n",
      caveats: "Requires Node.js 24 or later on the PATH.\n",
      platforms: [
        {
          selector: { matchExpressions: [{ key: "os", operator: "In", values: ["darwin", "linux"] }] },
          uri: `${source}/releases/download/v${version}/${archive}`,
          sha256,
          bin: KUBECTL_PLUGIN.command,
        },
      ],
    },
  });
}
