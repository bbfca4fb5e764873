import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { bundlePrograms, KUBECTL_PLUGIN } from "@dumbwaiter/bundler";
import { CommandError, type TestCluster } from "../cluster/index.ts";

export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface InstalledPlugin {
  /** Runs `kubectl dumbwaiter …` with the administrator's kubeconfig. */
  run(args: readonly string[], options?: RunOptions): Promise<Answer>;
  uninstall(): Promise<void>;
}

/** Puts the plugin's bundle on the PATH of the cluster's kubectl, as users do. */
export async function installPlugin(cluster: TestCluster): Promise<InstalledPlugin> {
  const folder = await mkdtemp(join(tmpdir(), "dumbwaiter-plugin-"));
  await bundlePrograms([KUBECTL_PLUGIN], folder);
  const bin = join(folder, "bin");
  await mkdir(bin);
  await symlink(join(folder, KUBECTL_PLUGIN.name, "main.js"), join(bin, KUBECTL_PLUGIN.command as string));
  const PATH = [bin, dirname(process.execPath), cluster.env.PATH].join(delimiter);
  return {
    async run(args, { stdin, env } = {}) {
      const options = { ...(stdin === undefined ? {} : { stdin }), env: { NO_COLOR: "", ...env, PATH } };
      try {
        return { exitCode: 0, ...(await cluster.kubectl(["dumbwaiter", ...args], options)) };
      } catch (error) {
        if (!(error instanceof CommandError) || error.exitCode === undefined) throw error;
        return { exitCode: error.exitCode, ...error.result };
      }
    },
    uninstall: () => rm(folder, { recursive: true, force: true }),
  };
}
