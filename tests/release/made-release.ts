import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRegistry } from "@dumbwaiter/dev-env/images/registry";
import { pushReleaseBases } from "@dumbwaiter/dev-env/images/release-bases";
import type { Server } from "@dumbwaiter/dev-env/servers";
import { ROOT } from "@dumbwaiter/dev-env/tools/project-folders";
import { cosignPath, cranePath } from "@dumbwaiter/dev-env/tools/release-tools";
import { type CommandResult, runCommand } from "@dumbwaiter/dev-env/tools/run-command";

const TIMEOUT_MS = 600_000;

/** Of a fork. */
export const SOURCE = "https://git.acme.example/fork";

/** A release that was made twice: signed, into a folder and a registry on loopback; and into another folder alone. */
export interface MadeRelease {
  readonly folder: string;
  /** The OCI layout of its `images.tar`. */
  readonly images: string;
  readonly again: string;
  /** With the path of its images. */
  readonly registry: string;
  readonly release: { readonly images: Readonly<Record<string, string>>; readonly chart: string };
  /** The public keys of the signer, and of somebody else. */
  readonly keys: { readonly ours: string; readonly others: string };
  crane(...args: readonly string[]): Promise<CommandResult>;
  cosign(...args: readonly string[]): Promise<CommandResult>;
  remove(): Promise<void>;
}

export async function madeRelease(): Promise<MadeRelease> {
  const work = await mkdtemp(join(tmpdir(), "dumbwaiter-release-"));
  let server: Server | undefined;
  const remove = async () => {
    await server?.stop();
    await rm(work, { recursive: true, force: true });
  };
  try {
    server = await startRegistry();
    const [crane, cosign] = [await cranePath(), await cosignPath()];
    for (const name of ["ours", "others"]) {
      const args = ["generate-key-pair", "--output-key-prefix", join(work, name)];
      await runCommand(cosign, args, { env: { COSIGN_PASSWORD: "" } });
    }
    const bases = await pushReleaseBases(server.url);
    const env = { NODE_BASE: bases.node, RUNTIME_BASE: bases.runtime, COSIGN_PASSWORD: "" };
    const registry = `${server.url}/dumbwaiter`;
    const [folder, again] = [join(work, "release"), join(work, "again")];
    const run = (...args: readonly string[]) =>
      runCommand("npm", ["run", "release", "--", "--dirty", "--source", SOURCE, ...args], {
        cwd: ROOT,
        env,
        timeoutMs: TIMEOUT_MS,
      });
    await run("--to", folder, "--to", registry, "--sign", join(work, "ours.key"));
    await run("--to", again, "--registry", registry);
    const images = await mkdtemp(join(work, "images-"));
    await runCommand("tar", ["--extract", "--file", join(folder, "images.tar"), "--directory", images]);
    return {
      ...{ folder, images, again, registry },
      release: JSON.parse(await readFile(join(folder, "release.json"), "utf8")),
      keys: { ours: join(work, "ours.pub"), others: join(work, "others.pub") },
      crane: (...args) => runCommand(crane, args),
      cosign: (...args) => runCommand(cosign, args),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
